import type { Millis } from '@earshot/base';
import type { IceSettings, ServerMessage } from '@earshot/signaling';
import type { Config } from '../config/schema.js';
import type { Approach } from './approach.js';
import { routePolicies } from './policies.js';
import {
  type Candidate,
  chooseServers,
  type EmbeddedRelay,
  type ExternalRelay,
  embeddedServer,
  embeddedUrls,
  externalServer,
} from './servers.js';

/** What a session is to this folder. */
export interface IceSession {
  /** Whom its credentials are for: a random name that tells nothing else. */
  readonly tag: string;
  readonly approach: Approach;
  readonly attached: boolean;
  send(message: ServerMessage): void;
}

export interface SessionIceOptions {
  readonly config: Pick<Config, 'turn' | 'media' | 'routes'>;
  /** Where the embedded relay is and what signs for it; undefined while there is none. Asked anew each time. */
  readonly embedded: () => (EmbeddedRelay & { readonly secret: string }) | undefined;
  /** Whether a URL of `turn.servers` works, as far as is known. */
  readonly isUp?: (url: string) => boolean;
  /** The clock of timers and of the embedded relay: never set. */
  readonly now: () => Millis;
  /** The time of day, which is set now and then; other machines' relays go by theirs. */
  readonly timeOfDay: () => Millis;
}

interface Issued {
  readonly urls: string;
  readonly refreshAt: Millis;
}

/** Gives sessions their ICE servers and credentials, and fresh ones before those are needed. */
export class SessionIce {
  readonly #options: SessionIceOptions;
  readonly #sessions = new Map<IceSession, Issued>();
  readonly #policies: Pick<IceSettings, 'policy' | 'policies'>;
  #issued = 0;

  constructor(options: SessionIceOptions) {
    this.#options = options;
    const { media, routes } = options.config;
    this.#policies = { policy: media.icePolicy, policies: routePolicies(routes, media.icePolicy) };
  }

  /** Sets of credentials made so far. */
  get issued(): number {
    return this.#issued;
  }

  /** For the welcome: what the session is given now, to be renewed in time until it is forgotten. */
  settingsFor(session: IceSession): IceSettings {
    return this.#issue(session);
  }

  forget(session: IceSession): void {
    this.#sessions.delete(session);
  }

  /** Renews what has lived for half of its life. A session without a connection gets fresh ones with its welcome. */
  renewDue(): void {
    const now = this.#options.now();
    for (const [session, { refreshAt }] of this.#sessions) {
      if (session.attached && now >= refreshAt) this.#send(session);
    }
  }

  /** The set of servers that work may have changed: tells those whom it concerns. */
  serversChanged(): void {
    for (const [session, { urls }] of this.#sessions) {
      if (session.attached && urlsOf(this.#choose(session)) !== urls) this.#send(session);
    }
  }

  /**
   * Renews all at once. `replaces`: what was given before is refused from now on. That is also kept for sessions that
   * have lost their connection, whose running calls must hear of it.
   */
  renewAll(replaces: boolean): void {
    for (const session of this.#sessions.keys()) {
      if (session.attached || replaces) this.#send(session, replaces);
    }
  }

  #send(session: IceSession, replaces = false): void {
    session.send({ type: 'session.ice', ice: this.#issue(session), ...(replaces ? { replaces } : {}) });
  }

  #issue(session: IceSession): IceSettings {
    const { config, embedded, now, timeOfDay } = this.#options;
    const lifetime = config.turn.credentialSeconds * 1000;
    const issue = { tag: session.tag, expiresAt: now() + lifetime, expiresAtElsewhere: timeOfDay() + lifetime };
    const chosen = this.#choose(session);
    const own = embedded();
    const servers = chosen.flatMap(({ server, urls }) => {
      if (server !== undefined) return [externalServer({ ...server, urls: [...urls] }, issue)];
      return own === undefined ? [] : [embeddedServer(urls, own.secret, issue)];
    });
    const expires = chosen.some(({ server }) => server === undefined || server.secret !== undefined);
    this.#issued += 1;
    this.#sessions.set(session, { urls: urlsOf(chosen), refreshAt: expires ? now() + lifetime / 2 : Infinity });
    return { servers, ...this.#policies, ...(expires ? { expiresInMs: lifetime } : {}) };
  }

  /** The servers of a session. One that is undefined is the embedded relay. */
  #choose({ approach }: IceSession): Candidate<ExternalRelay | undefined>[] {
    const { config, embedded, isUp = () => true } = this.#options;
    const relay = embedded();
    const own = relay === undefined ? [] : embeddedUrls(relay, approach);
    const candidates: Candidate<ExternalRelay | undefined>[] = [
      ...(own.length === 0 ? [] : [{ server: undefined, region: undefined, urls: own }]),
      ...config.turn.servers.map((server) => ({ server, region: server.region, urls: server.urls })),
    ];
    return chooseServers(candidates, approach.region, isUp);
  }
}

const urlsOf = (servers: readonly Candidate<unknown>[]): string => servers.flatMap(({ urls }) => urls).join(' ');
