import type { Millis } from '@earshot/base';
import type { BrowserEvent } from '../browser-event.js';
import type { CandidateFacts } from '../candidate.js';
import type { GatewayEvent } from '../gateway-event.js';
import type { RelayEvent } from '../relay-event.js';
import { type CallTimeline, TELEMETRY_VERSION, type TimelineEntry } from '../timeline.js';

type Untimed<Event> = Event extends { readonly atMs: number } ? Omit<Event, 'atMs'> : Event;
type Legless<Event> = Event extends { readonly leg: string } ? Omit<Event, 'leg'> : Event;

export const BROWSER = '192.168.1.7';
export const OUTSIDE = '198.51.100.9';
export const GATEWAY = { address: '203.0.113.5', port: 40_000 };
export const RELAYED = { address: '203.0.113.5', port: 45_001 };
export const TURN_UDP = 'turn:turn.example.com:3478?transport=udp';
export const TURN_TCP = 'turn:turn.example.com:3478?transport=tcp';
export const TURN_TLS = 'turns:turn.example.com:443?transport=tcp';

export const HOST: CandidateFacts = { type: 'host', protocol: 'udp', address: 'f3b1.local', port: 50_000 };
export const SRFLX: CandidateFacts = { type: 'srflx', protocol: 'udp', address: OUTSIDE, port: 60_000 };
export const relay = (url: string, relayProtocol: 'udp' | 'tcp' | 'tls'): CandidateFacts => ({
  type: 'relay',
  protocol: 'udp',
  ...RELAYED,
  relayProtocol,
  url,
});

/** Writes the timeline of a call from a browser to a phone, one entry a call of a method, 10 ms apart unless told. */
export class TimelineWriter {
  readonly #entries: TimelineEntry[] = [];
  #now: Millis = 1_000_000;
  #endedAt: Millis | undefined;

  after(ms: number): this {
    this.#now += ms;
    return this;
  }

  browser(event: Untimed<BrowserEvent>): this {
    const atMs = this.#now - 1_000_000;
    return this.#add({ at: this.#now, source: 'browser', leg: 'caller', event: { ...event, atMs } as BrowserEvent });
  }

  gateway(event: Legless<GatewayEvent>): this {
    return this.#add({ at: this.#now, source: 'gateway', event: { leg: 'caller', ...event } as GatewayEvent });
  }

  relay(event: RelayEvent): this {
    return this.#add({ at: this.#now, source: 'relay', leg: 'caller', event });
  }

  #add(entry: TimelineEntry): this {
    this.#entries.push(entry);
    this.#now += 10;
    return this;
  }

  // What calls have in common

  /** A call begins: the browser has these servers, and gathers. */
  begins(policy: 'all' | 'relay' | 'auto', urls: readonly string[], advertised = [GATEWAY]): this {
    return this.gateway({ type: 'ice.settings', policy, urls })
      .gateway({ type: 'ice.advertised', candidates: advertised })
      .browser({ type: 'ice.attempt', policy: policy === 'relay' ? 'relay' : 'all', reason: 'start' })
      .browser({ type: 'ice.gathering', state: 'gathering' });
  }

  candidate(candidate: CandidateFacts): this {
    return this.browser({ type: 'ice.candidate', candidate });
  }

  error(url: string, errorCode: number, errorText = ''): this {
    return this.browser({ type: 'ice.candidate_error', url, errorCode, errorText });
  }

  check(outcome: string, from = { address: OUTSIDE, port: 60_000 }): this {
    return this.gateway({ type: 'ice.check', outcome, from, count: 1, until: this.#now });
  }

  pair(local: CandidateFacts, remote: CandidateFacts = { type: 'host', protocol: 'udp', ...GATEWAY }): this {
    return this.browser({ type: 'ice.pair', local, remote });
  }

  state(state: 'checking' | 'connected' | 'lost', remote = { address: OUTSIDE, port: 60_000 }): this {
    return this.gateway({ type: 'ice.state', state, remote });
  }

  /** The browser gives up, as it does after 15 s. */
  fails(): this {
    return this.after(15_000).browser({ type: 'ice.connection', state: 'failed' });
  }

  ends(code?: 'ice.udp_blocked' | 'ice.consent_lost'): this {
    this.#endedAt = this.#now;
    const result = code === undefined ? 'completed' : 'failed';
    return this.gateway({ type: 'call.ended', result, by: 'gateway', ...(code === undefined ? {} : { code }) });
  }

  allocated(transport: 'udp' | 'tcp' | 'tls', client = { address: OUTSIDE, port: 61_000 }): this {
    return this.relay({ type: 'turn.allocated', transport, client, relayed: RELAYED, lifetimeMs: 600_000 });
  }

  refused(
    transport: 'udp' | 'tcp' | 'tls',
    code: Extract<RelayEvent, { type: 'turn.refused' }>['code'],
    method: Extract<RelayEvent, { type: 'turn.refused' }>['method'] = 'allocate',
  ): this {
    const client = { address: OUTSIDE, port: 61_000 };
    return this.relay({ type: 'turn.refused', transport, client, method, status: 401, code, count: 1 });
  }

  done(): CallTimeline {
    return {
      version: TELEMETRY_VERSION,
      callId: '0123456789abcdef0123456789abcdef',
      startedAt: 1_000_000,
      ...(this.#endedAt === undefined ? {} : { endedAt: this.#endedAt }),
      caller: 'browser',
      callee: 'sip',
      clocks: [],
      entries: this.#entries,
      samples: [],
      omitted: 0,
      omittedSamples: 0,
    };
  }
}
