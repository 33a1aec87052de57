import { err, fault, ok, type Result, randomCallId, type TransportAddress } from '@earshot/base';
import { type CallPolicy, type CodecPolicy, type Route, routeDestination } from '@earshot/calls';
import { nodeCrypto } from '@earshot/crypto';
import type { Config } from '../config/schema.js';
import { advertisedTowards, resolveHost } from '../net/addresses.js';
import { hostPortOf } from '../net/host-port.js';
import type { BrowserSession } from '../sessions/session.js';
import type { SipPort } from '../sip/udp-agent.js';
import type { CallWatch } from '../timeline/index.js';
import { BrowserLeg } from './browser-leg.js';
import type { Leg } from './leg.js';
import { SipLeg } from './sip-leg.js';

/** Where a call leads: a leg to invite, and the addresses its SDP speaks of. */
export interface Callee {
  readonly leg: Leg;
  readonly kind: 'browser' | 'sip';
  readonly target: string;
  readonly policy: CallPolicy;
  readonly advertised?: TransportAddress;
  /** The pattern that led there, and the trunk it goes by; a waiting page needs neither. */
  readonly route?: string;
  readonly trunk?: string;
}

/** Who is looked for. */
export interface Wanted {
  readonly callId: string;
  readonly to: string;
  readonly routes: readonly Route[];
  /** Is told of pages that are passed over. */
  readonly watch: Pick<CallWatch, 'note'>;
  /** The page that calls. */
  readonly caller?: BrowserSession;
}

/** A SIP target that a route leads to. */
export interface Phone {
  readonly leg: SipLeg;
  readonly target: string;
  readonly advertised: TransportAddress;
  readonly codecPolicy?: CodecPolicy;
  readonly route?: string;
  readonly trunk?: string;
}

export interface CalleesOptions {
  readonly config: Config;
  readonly agent: SipPort;
  /** The sessions that wait for calls under a name. */
  readonly waiting: (name: string) => readonly BrowserSession[];
  /** IP addresses of this gateway, as phones and pages dial them. */
  readonly ownHosts: readonly string[];
}

/** Finds who is called: a page that waits under that name, or what a route table leads to. */
export class Callees {
  readonly #options: CalleesOptions;

  constructor(options: CalleesOptions) {
    this.#options = options;
  }

  /** The user part of a SIP address at this gateway; every other destination as it is. */
  localName(destination: string): string {
    const { agent, ownHosts } = this.#options;
    const place = hostPortOf(destination);
    const user = /^sip:([^@;?]+)@[^;?]*$/.exec(destination)?.[1];
    const isOurs = place !== undefined && place.port === agent.local.port && ownHosts.includes(place.host);
    return isOurs && user !== undefined ? user : destination;
  }

  /** The first page that waits under that name and is awake, or what the route table leads to. */
  async find({ callId, to, routes, watch, caller }: Wanted): Promise<Result<Callee>> {
    const audioMs = this.#options.config.calls.audioSeconds * 1000;
    // A page that calls its own name reaches another of its tabs, never itself: its messages name the call alone.
    const pages = this.#options.waiting(to).filter((session) => session !== caller);
    const page = await firstAwake(pages, () => watch.note({ type: 'call.passed_over', reason: 'asleep' }));
    if (page !== undefined) {
      const leg = new BrowserLeg(`${callId}-b`, page, callId, 'callee', audioMs);
      return ok({ leg, kind: 'browser', target: page.id, policy: this.#policy(undefined) });
    }
    const found = await this.findPhone(callId, to, routes);
    if (!found.ok) {
      // Somebody is known by that name, and cannot be rung.
      const isKnown = pages.length > 0 && found.error.code === 'call.unknown_destination';
      return isKnown ? err(fault('sip.unavailable', 'no waiting page is awake')) : found;
    }
    const { codecPolicy, ...phone } = found.value;
    return ok({ ...phone, kind: 'sip', policy: this.#policy(codecPolicy) });
  }

  /** What a route table leads to, whoever waits under that name. */
  async findPhone(callId: string, to: string, routes: readonly Route[]): Promise<Result<Phone>> {
    const { config, agent } = this.#options;
    const routed = routeDestination(routes, to);
    if (!routed.ok) return routed;
    const { target, trunk, codecPolicy } = routed.value;
    const place = hostPortOf(target);
    if (place === undefined) return err(fault('call.unknown_destination', 'the route leads to no SIP address'));
    const remote = await resolveHost(place.host);
    if (remote === undefined) return err(fault('sip.transport_failed', 'the host name has no address'));
    const address = await advertisedTowards(remote, config.sip);
    const advertised = { address, port: agent.local.port };
    const account = trunk === undefined ? undefined : config.trunks[trunk];
    const leg = new SipLeg(randomCallId(nodeCrypto.randomBytes), agent, {
      callId,
      remote: { address: remote, port: place.port },
      advertised,
      ...credentialsOf(account),
    });
    const { match } = routed.value;
    const way = { route: match, ...(trunk === undefined ? {} : { trunk }) };
    return ok({ leg, target, advertised, ...way, ...(codecPolicy === undefined ? {} : { codecPolicy }) });
  }

  #policy(codec: CallPolicy['codec'] | undefined): CallPolicy {
    const { calls } = this.#options.config;
    return {
      codec: codec ?? calls.codec,
      ringTimeoutMs: calls.ringSeconds * 1000,
      mediaTimeoutMs: calls.audioSeconds * 1000,
      clientGraceMs: calls.graceSeconds * 1000,
      reloadMs: calls.reloadSeconds * 1000,
      callBackRingMs: calls.fallback.ringSeconds * 1000,
      ...callBackAfter(calls.fallback),
    };
  }
}

/**
 * All are asked at once, so that many frozen pages keep a caller waiting no longer than one; the best that answers is
 * taken. A page that was heard a moment ago may be frozen by now: none is taken on trust.
 */
async function firstAwake(
  pages: readonly BrowserSession[],
  passedOver: () => void,
): Promise<BrowserSession | undefined> {
  const asked = pages.map((page) => ({ page, proof: page.wakefulness.prove() }));
  for (const { page, proof } of asked) {
    const isAwake = await proof;
    if (isAwake && page.isWaiting) return page;
    passedOver();
  }
  return undefined;
}

/** By itself, where that is wished. */
const callBackAfter = ({ callBack, callBackAfterSeconds }: Config['calls']['fallback']) =>
  callBack && callBackAfterSeconds > 0 ? { callBackAfterMs: callBackAfterSeconds * 1000 } : {};

function credentialsOf(account: Config['trunks'][string] | undefined) {
  if (account?.username === undefined || account.password === undefined) return {};
  const { realm, username, password } = account;
  return { credentials: { username, password, ...(realm === undefined ? {} : { realm }) } };
}
