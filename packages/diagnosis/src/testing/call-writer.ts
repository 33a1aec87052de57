import type { ErrorCode, Millis } from '@earshot/base';
import {
  type AudioSection,
  type BrowserEvent,
  type BrowserFigures,
  type CallTimeline,
  type CandidateFacts,
  type GatewayEvent,
  type LegFigures,
  type LegKind,
  type LegName,
  type RelayEvent,
  type Sample,
  TELEMETRY_VERSION,
  type TimelineEntry,
  type Vantage,
} from '@earshot/telemetry';

type Untimed<Event> = Event extends { readonly atMs: number } ? Omit<Event, 'atMs'> : Event;
type Legless<Event> = Event extends { readonly leg: string } ? Omit<Event, 'leg'> : Event;

export const START: Millis = 1_000_000;

/** A second of a good call: what a browser counts. */
export const GOOD_PAGE: BrowserFigures = {
  ms: 1000,
  packetsReceived: 50,
  bytesReceived: 4_000,
  packetsLost: 0,
  packetsDiscarded: 0,
  jitterMs: 3,
  samplesReceived: 48_000,
  concealedSamples: 0,
  silentConcealedSamples: 0,
  concealmentEvents: 0,
  jitterBufferMs: 40,
  remoteEnergy: 0.02,
  remoteSeconds: 1,
  decoder: 'opus',
  packetsSent: 50,
  bytesSent: 4_000,
  micEnergy: 0.02,
  micSeconds: 1,
  remotePacketsLost: 0,
  roundTripMs: 20,
  pairRoundTripMs: 18,
  checksSent: 1,
  checksAnswered: 1,
  transportBytesSent: 5_500,
  transportBytesReceived: 5_500,
  dtlsState: 'connected',
  hidden: false,
  lateMs: 4,
};

/** The same second of a leg at the gateway. */
export const GOOD_LEG: LegFigures = {
  ms: 1000,
  codec: 'opus',
  packetsReceived: 50,
  bytesReceived: 4_000,
  packetsLost: 0,
  jitterMs: 3,
  maxGapMs: 25,
  packetsSent: 50,
  bytesSent: 4_000,
  remotePacketsLost: 0,
  roundTripMs: 20,
  srtpAuthFailures: 0,
  packetsRefused: 0,
};

/** Changes to a good second; a function is asked with the number of the second. */
export type Change<T> = Partial<T> | ((second: number) => Partial<T> | undefined);

export interface Second {
  readonly page?: Change<BrowserFigures> | 'nothing';
  readonly caller?: Change<LegFigures>;
  readonly callee?: Change<LegFigures>;
}

export const AUDIO: AudioSection = { direction: 'sendrecv', codecs: ['PCMA'], telephoneEvents: true };
export const HOST: CandidateFacts = { type: 'host', protocol: 'udp', address: '198.51.100.0', port: 50_000 };
export const REMOTE: CandidateFacts = { type: 'host', protocol: 'udp', address: '203.0.113.0', port: 40_000 };

/** Writes the timeline of a call from a browser to a phone: events at the time that stands, samples by the second. */
export class CallWriter {
  readonly entries: TimelineEntry[] = [];
  readonly samples: Sample[] = [];
  readonly #caller: LegKind;
  readonly #callee: LegKind;
  readonly #vantages: readonly Vantage[] | undefined;
  now: Millis = START;
  #endedAt: Millis | undefined;
  #seconds = 0;
  #cseq = 1;

  constructor(caller: LegKind = 'browser', callee: LegKind = 'sip', vantages?: readonly Vantage[]) {
    this.#caller = caller;
    this.#callee = callee;
    this.#vantages = vantages;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  browser(event: Untimed<BrowserEvent>, leg: LegName = 'caller'): this {
    const atMs = this.now - START;
    return this.#add({ at: this.now, source: 'browser', leg, event: { ...event, atMs } as BrowserEvent });
  }

  gateway(event: Legless<GatewayEvent>, leg: LegName = 'caller'): this {
    return this.#add({ at: this.now, source: 'gateway', event: { leg, ...event } as GatewayEvent });
  }

  relay(event: RelayEvent, leg: LegName = 'caller'): this {
    return this.#add({ at: this.now, source: 'relay', leg, event });
  }

  /** A SIP message of the callee's leg. */
  sip(direction: 'in' | 'out', method: string, status?: number, more: Partial<Legless<GatewayEvent>> = {}): this {
    const event = {
      type: 'sip.message',
      direction,
      method,
      cseq: this.#cseq,
      retransmission: false,
      bytes: 600,
      ...more,
    };
    return this.gateway({ ...event, ...(status === undefined ? {} : { status }) } as Legless<GatewayEvent>, 'callee');
  }

  #add(entry: TimelineEntry): this {
    this.entries.push(entry);
    return this;
  }

  // What calls have in common

  /** The page asks, the browser has its answer, and the far end is invited. */
  begins(): this {
    return this.browser({ type: 'client.info', browser: { name: 'Chromium', version: '156', os: 'Linux' }, sdk: '0' })
      .browser({ type: 'mic.asked', permission: 'granted', secure: true })
      .browser({ type: 'mic.opened' })
      .gateway({ type: 'ice.settings', policy: 'auto', urls: [] })
      .gateway({ type: 'ice.advertised', candidates: [{ address: '203.0.113.5', port: 40_000 }] })
      .browser({ type: 'ice.attempt', policy: 'all', reason: 'start' })
      .after(50)
      .gateway({ type: 'call.state', state: 'routing' })
      .sip('out', 'INVITE', undefined, { audio: AUDIO } as Partial<Legless<GatewayEvent>>);
  }

  /** Candidates, checks, DTLS: the browser has a secured path. */
  reaches(): this {
    const from = { address: '198.51.100.0', port: 50_000 };
    return this.browser({ type: 'ice.candidate', candidate: HOST })
      .after(40)
      .gateway({ type: 'ice.check', outcome: 'valid', from, count: 1, until: this.now })
      .gateway({ type: 'ice.state', state: 'connected', remote: from })
      .browser({ type: 'ice.pair', local: HOST, remote: REMOTE })
      .gateway({ type: 'dtls.flight', direction: 'in', flight: 1, bytes: 1_400, retransmission: false })
      .after(60)
      .gateway({ type: 'dtls.state', state: 'connected', durationMs: 60 })
      .browser({ type: 'ice.connection', state: 'connected' });
  }

  rings(afterMs = 200): this {
    return this.after(20).sip('in', 'INVITE', 100).after(afterMs).sip('in', 'INVITE', 180).gateway({
      type: 'call.state',
      state: 'ringing',
    });
  }

  answers(afterMs = 800): this {
    return this.after(afterMs)
      .sip('in', 'INVITE', 200, { audio: AUDIO } as Partial<Legless<GatewayEvent>>)
      .sip('out', 'ACK')
      .gateway({ type: 'call.state', state: 'answered', waitingFor: ['callee-sends'] })
      .browser({ type: 'call.seen', state: 'answered' });
  }

  heard(): this {
    return this.after(100)
      .gateway({ type: 'media.received' })
      .gateway({ type: 'media.received' }, 'callee')
      .gateway({ type: 'call.state', state: 'connected' })
      .browser({ type: 'playout.state', state: 'playing' });
  }

  /** All of it. */
  connects(): this {
    return this.begins().reaches().rings().answers().heard();
  }

  /** `seconds` of a call, with what is different about them. */
  runs(seconds: number, { page, caller, callee }: Second = {}): this {
    for (let i = 0; i < seconds; i += 1) {
      this.now += 1000;
      this.#seconds += 1;
      const at = this.now;
      if (page !== 'nothing') {
        for (const leg of ['caller', 'callee'] as const) {
          if ((leg === 'caller' ? this.#caller : this.#callee) !== 'browser') continue;
          const figures = { ...GOOD_PAGE, ...(leg === 'caller' ? changed(page, this.#seconds) : {}) };
          this.samples.push({ at, source: 'browser', leg, figures: withoutUndefined(figures) });
        }
      }
      if (this.#vantages !== undefined && !this.#vantages.includes('gateway')) continue;
      for (const [leg, change] of [['caller', caller] as const, ['callee', callee] as const]) {
        const isPhone = (leg === 'caller' ? this.#caller : this.#callee) === 'sip';
        const base = isPhone ? { ...GOOD_LEG, codec: 'PCMA', levelDb: -30 } : GOOD_LEG;
        const figures = withoutUndefined({ ...base, ...changed(change, this.#seconds) });
        this.samples.push({ at, source: 'gateway', leg, figures });
      }
    }
    return this;
  }

  ends(code?: ErrorCode, by = 'caller', result = code === undefined ? 'completed' : 'failed'): this {
    this.#endedAt = this.now;
    return this.gateway({ type: 'call.ended', result, by, ...(code === undefined ? {} : { code }) });
  }

  done(): CallTimeline {
    return {
      version: TELEMETRY_VERSION,
      callId: '0123456789abcdef0123456789abcdef',
      startedAt: START,
      ...(this.#endedAt === undefined ? {} : { endedAt: this.#endedAt }),
      caller: this.#caller,
      callee: this.#callee,
      ...(this.#vantages === undefined ? {} : { vantages: this.#vantages }),
      clocks: [],
      entries: this.entries,
      samples: this.samples,
      omitted: 0,
      omittedSamples: 0,
    };
  }
}

const changed = <T>(change: Change<T> | undefined, second: number): Partial<T> =>
  (typeof change === 'function' ? change(second) : change) ?? {};

/** `undefined` says that this source does not know a figure. */
const withoutUndefined = <T extends object>(figures: T): T =>
  Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined)) as T;
