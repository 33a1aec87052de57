import { nodeCrypto } from '@earshot/crypto';
import { createTurnCredentials, type TurnCredentials } from '@earshot/turn';
import type { ExternalRelayFigures } from '../admin/figures.js';
import type { Config } from '../config/schema.js';
import type { RelayProbe, RelayReport } from './probe.js';

type TurnServer = Config['turn']['servers'][number];

/** One that was not asked yet is up until it proves to be down, so that a start delays no call. */
export type RelayState = 'up' | 'down';

/** What is known of one URL of `turn.servers`: for /metrics, the log and /healthz. */
export interface RelayStatus {
  readonly url: string;
  readonly region?: string;
  readonly state: RelayState;
  /** False: `healthCheck` is false, and it is taken as up. */
  readonly isChecked: boolean;
  /** The latest answer; undefined before the first. */
  readonly report?: RelayReport;
  /** When that was, in ms. */
  readonly checkedAt?: number;
  /** How often it was asked, and how often in vain. */
  readonly checks: number;
  readonly failures: number;
}

export interface RelayHealthOptions {
  readonly servers: readonly TurnServer[];
  /** How long credentials of sessions live: the probe's live as long, so that a wrong clock shows. */
  readonly credentialSeconds: number;
  readonly probe: RelayProbe;
  readonly clock: () => number;
  /** From 0 to 1: spreads the checks of many gateways. */
  readonly random?: () => number;
  /** A URL went down or came up again. */
  readonly onChange?: (status: RelayStatus) => void;
}

/** A URL that is up is asked this often, one that is down more often, in ms. */
const UP_MS = 60_000;
const DOWN_MS = 20_000;
/** A first failure of one that was up is asked again before it counts, in ms. */
const DOUBT_MS = 2_000;
/** The first checks of all URLs begin within this time, in ms. */
const START_MS = 1_000;
/** How much earlier or later than said a check may come. */
const JITTER = 0.2;
/** More are not under way at once. */
const MAX_AT_ONCE = 4;

/** Asks the TURN servers of the configuration now and then whether they relay. */
export class RelayHealth {
  readonly #options: RelayHealthOptions;
  readonly #random: () => number;
  readonly #targets = new Map<string, Target>();
  readonly #due: Target[] = [];
  readonly #underWay = new Set<AbortController>();
  #closed = false;

  constructor(options: RelayHealthOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    for (const server of options.servers) {
      for (const url of server.urls) if (!this.#targets.has(url)) this.#targets.set(url, new Target(url, server));
    }
  }

  start(): void {
    for (const target of this.#targets.values()) {
      if (target.server.healthCheck) this.#schedule(target, START_MS * this.#random());
    }
  }

  /** What is not in the configuration, such as the embedded server, is up. */
  state(url: string): RelayState {
    return this.#targets.get(url)?.state ?? 'up';
  }

  /** In the order of the configuration. */
  statuses(): readonly RelayStatus[] {
    return [...this.#targets.values()].map((target) => target.status());
  }

  /** For /metrics: a URL that was not asked yet is neither up nor down. */
  figures(): ExternalRelayFigures[] {
    return this.statuses().map(({ url, state, checks }) => ({ url, up: checks === 0 ? undefined : state === 'up' }));
  }

  /** Ends what is under way. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#targets.values()) clearTimeout(timer);
    for (const controller of this.#underWay) controller.abort();
  }

  #schedule(target: Target, afterMs: number): void {
    target.timer = setTimeout(() => {
      this.#due.push(target);
      this.#askNext();
    }, afterMs);
    // Health alone keeps no process alive.
    target.timer.unref();
  }

  #askNext(): void {
    if (this.#closed || this.#underWay.size >= MAX_AT_ONCE) return;
    const target = this.#due.shift();
    if (target === undefined) return;
    const controller = new AbortController();
    this.#underWay.add(controller);
    void this.#ask(target, controller.signal).finally(() => {
      this.#underWay.delete(controller);
      this.#askNext();
    });
  }

  async #ask(target: Target, signal: AbortSignal): Promise<void> {
    const report = await this.#options.probe(target.url, this.#credentialsFor(target.server), signal);
    if (this.#closed) return;
    const hasChanged = target.take(report, this.#options.clock());
    if (hasChanged) this.#options.onChange?.(target.status());
    const afterMs = target.isInDoubt ? DOUBT_MS : target.state === 'up' ? UP_MS : DOWN_MS;
    this.#schedule(target, afterMs * (1 + JITTER * (2 * this.#random() - 1)));
  }

  #credentialsFor({ secret, username, credential }: TurnServer): TurnCredentials | undefined {
    if (secret !== undefined) {
      const expiresAt = this.#options.clock() + this.#options.credentialSeconds * 1000;
      return createTurnCredentials(nodeCrypto, secret, expiresAt, 'health');
    }
    return username === undefined || credential === undefined ? undefined : { username, password: credential };
  }
}

/** One URL. One that has answered before gets a second chance before it counts as down. */
class Target {
  readonly url: string;
  readonly server: TurnServer;
  timer: NodeJS.Timeout | undefined;
  state: RelayState = 'up';
  isInDoubt = false;
  #report: RelayReport | undefined;
  #checkedAt: number | undefined;
  #hasAnswered = false;
  #checks = 0;
  #failures = 0;

  constructor(url: string, server: TurnServer) {
    this.url = url;
    this.server = server;
  }

  /** True when the state changed. */
  take(report: RelayReport, now: number): boolean {
    const before = this.state;
    const isWell = report.fault === undefined;
    this.#report = report;
    this.#checkedAt = now;
    this.#checks += 1;
    if (!isWell) this.#failures += 1;
    this.isInDoubt = !isWell && before === 'up' && this.#hasAnswered && !this.isInDoubt;
    if (isWell) this.#hasAnswered = true;
    this.state = isWell || this.isInDoubt ? 'up' : 'down';
    return this.state !== before;
  }

  status(): RelayStatus {
    const { region, healthCheck } = this.server;
    return {
      url: this.url,
      ...(region === undefined ? {} : { region }),
      state: this.state,
      isChecked: healthCheck,
      ...(this.#report === undefined ? {} : { report: this.#report }),
      ...(this.#checkedAt === undefined ? {} : { checkedAt: this.#checkedAt }),
      checks: this.#checks,
      failures: this.#failures,
    };
  }
}
