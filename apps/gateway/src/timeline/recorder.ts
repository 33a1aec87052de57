import type { Millis } from '@earshot/base';
import { LIMITS } from '@earshot/signaling';
import {
  BrowserClock,
  type BrowserEvent,
  type BrowserSample,
  type CallTimeline,
  type ClockFacts,
  type GatewayEvent,
  type LegFigures,
  type LegKind,
  type LegName,
  type RelayEvent,
  type Sample,
  TELEMETRY_VERSION,
  type TimelineEntry,
  type VerdictEvent,
} from '@earshot/telemetry';
import { KeptSamples } from './kept-samples.js';

type CheckEvent = Extract<GatewayEvent, { readonly type: 'ice.check' }>;

/** An entry, or what is not placed in time before it is read. */
type Kept =
  | TimelineEntry
  | { readonly source: 'unplaced'; readonly leg: LegName; readonly event: BrowserEvent; readonly arrivedAt: Millis };

/**
 * Entries kept of each kind, for browsers and relays those of each leg, so that none can crowd out another: a call of
 * hours with many restarts fits. What others can make us write as often as they like has a share of its own.
 */
export const MAX_ENTRIES = {
  gateway: 512,
  browser: LIMITS.evidenceOfCall,
  relay: 128,
  diagnosis: 128,
  'sip.message': 256,
  'sdp.set': 64,
  'dtmf.relayed': 64,
  'gateway.stalled': 64,
} as const;

type Share = keyof typeof MAX_ENTRIES;

/** What was not stored before. */
export interface NewEvidence {
  readonly entries: readonly TimelineEntry[];
  readonly samples: readonly Sample[];
}

/** Writes the timeline of one call as it happens. Its size is bounded, whatever comes. */
export class CallRecorder {
  readonly callId: string;
  readonly startedAt: Millis;
  readonly caller: LegKind;
  callee: LegKind | undefined;
  #endedAt: Millis | undefined;
  readonly #kept: Kept[] = [];
  readonly #counts = new Map<string, number>();
  #omitted = 0;
  readonly #clocks = new Map<LegName, BrowserClock>();
  /** Where in `#kept` the checks of one kind are counted. */
  readonly #checks = new Map<string, number>();
  /** When the gateway first answered a check of a leg. Its browser cannot have been connected before. */
  readonly #answeredAt = new Map<LegName, Millis>();
  /** When its browser was connected for the first time, by the browser's count. Later times follow no first check. */
  readonly #connectedMs = new Map<LegName, number>();
  /** When a relayed port was first allocated for a leg. Its browser has a candidate there only after that. */
  readonly #allocatedAt = new Map<string, Millis>();
  readonly #samples = new KeptSamples();
  /** How many of `#kept` are stored. */
  #stored = 0;
  /** Of those, checks that were counted further since. */
  readonly #recounted = new Set<number>();

  constructor(callId: string, startedAt: Millis, caller: LegKind) {
    this.callId = callId;
    this.startedAt = startedAt;
    this.caller = caller;
  }

  get endedAt(): Millis | undefined {
    return this.#endedAt;
  }

  /** Returns it as an entry; undefined where it only says again what is known. */
  gateway(at: Millis, event: GatewayEvent): TimelineEntry | undefined {
    const entry: TimelineEntry = { at, source: 'gateway', event };
    if (event.type === 'ice.check' && this.#counted(event)) return entry;
    if (event.type === 'call.ended') {
      if (this.#endedAt !== undefined) return undefined;
      this.#endedAt = at;
      // The last word on the call has its place, however long it was.
      this.#kept.push(entry);
      return entry;
    }
    if (this.#isFull(shareOf(event))) return entry;
    if (event.type === 'ice.check') this.#noteCheck(at, event);
    this.#kept.push(entry);
    return entry;
  }

  /**
   * `arrivedAt`: of the message they came in; `sentMs`: when the browser sent it, on the clock of its events. Returns
   * them as placed by what is known now.
   */
  browser(arrivedAt: Millis, leg: LegName, events: readonly BrowserEvent[], sentMs?: number): TimelineEntry[] {
    const clock = this.clockOf(leg);
    const last = events.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
    clock.arrived(arrivedAt, Math.max(last, sentMs ?? 0));
    for (const event of events) this.#bound(clock, leg, event);
    return events.map((event) => {
      const kept = { source: 'unplaced', leg, event, arrivedAt } as const;
      if (!this.#isFull('browser', leg)) this.#kept.push(kept);
      return this.#placed(kept);
    });
  }

  /** Call it after `browser` of the same message. */
  browserSamples(arrivedAt: Millis, leg: LegName, samples: readonly BrowserSample[]): Sample[] {
    return samples.flatMap(
      (sample) => this.#samples.browser(arrivedAt, leg, sample, this.#clocks.get(leg)?.askedAt) ?? [],
    );
  }

  legSample(at: Millis, leg: LegName, figures: LegFigures): Sample {
    return this.#samples.gateway(at, leg, figures);
  }

  relay(at: Millis, leg: LegName, event: RelayEvent): TimelineEntry {
    const entry: TimelineEntry = { at, source: 'relay', leg, event };
    if (this.#isFull('relay', leg)) return entry;
    if (event.type === 'turn.allocated') {
      const place = `${leg} ${event.relayed.port}`;
      if (!this.#allocatedAt.has(place)) this.#allocatedAt.set(place, at);
    }
    this.#kept.push(entry);
    return entry;
  }

  diagnosis(at: Millis, event: VerdictEvent): void {
    if (!this.#isFull('diagnosis')) this.#kept.push({ at, source: 'diagnosis', event });
  }

  /** Lets go of samples beyond the newest `most` of each leg and source. */
  trim(most: number): void {
    this.#samples.trim(most);
  }

  /** Samples that are in the store alone. */
  get samplesOutOfMemory(): number {
    return this.#samples.outOfMemory;
  }

  /** To be told what bounds the browser's count from elsewhere. */
  clockOf(leg: LegName): BrowserClock {
    const known = this.#clocks.get(leg);
    if (known !== undefined) return known;
    const clock = new BrowserClock();
    this.#clocks.set(leg, clock);
    return clock;
  }

  /** All of it as known now, in order of time. Entries of browsers may move a little as their clock is known better. */
  snapshot(): CallTimeline {
    return { ...this.withoutSamples(), samples: this.#samples.all(this.#askedAt) };
  }

  withoutSamples(): CallTimeline {
    return { ...this.head(), entries: inOrder(this.#kept.map((kept) => this.#placed(kept))), samples: [] };
  }

  /** All but entries and samples. */
  head(): Omit<CallTimeline, 'entries' | 'samples'> {
    return {
      version: TELEMETRY_VERSION,
      callId: this.callId,
      startedAt: this.startedAt,
      ...(this.#endedAt === undefined ? {} : { endedAt: this.#endedAt }),
      caller: this.caller,
      ...(this.callee === undefined ? {} : { callee: this.callee }),
      clocks: [...this.#clocks].flatMap(([leg, clock]) => clockFacts(leg, clock)),
      omitted: this.#omitted,
      omittedSamples: this.#samples.omitted,
    };
  }

  /** What came since this was called before. A check that was counted further comes once more, at its place in time. */
  takeNew(): NewEvidence {
    const again = [...this.#recounted].flatMap((index) => this.#kept[index] ?? []);
    const entries = [...again, ...this.#kept.slice(this.#stored)].map((kept) => this.#placed(kept));
    this.#stored = this.#kept.length;
    this.#recounted.clear();
    return { entries: inOrder(entries), samples: this.#samples.takeNew(this.#askedAt) };
  }

  readonly #askedAt = (leg: LegName): Millis | undefined => this.#clocks.get(leg)?.askedAt;

  #placed(kept: Kept): TimelineEntry {
    if (kept.source !== 'unplaced') return kept;
    const { leg, event, arrivedAt } = kept;
    const askedAt = this.#clocks.get(leg)?.askedAt;
    const at = askedAt === undefined ? arrivedAt : Math.round(askedAt + event.atMs);
    return { at, source: 'browser', leg, event };
  }

  #isFull(source: Share, leg?: LegName): boolean {
    const kind = `${source} ${leg}`;
    const count = this.#counts.get(kind) ?? 0;
    if (count < MAX_ENTRIES[source]) {
      this.#counts.set(kind, count + 1);
      return false;
    }
    this.#omitted += 1;
    return true;
  }

  /** Adds to the entry of such checks, if there is one. A count that begins anew is of other credentials. */
  #counted(event: CheckEvent): boolean {
    const index = this.#checks.get(keyOf(event));
    const kept = index === undefined ? undefined : this.#kept[index];
    if (index === undefined || kept?.source !== 'gateway' || kept.event.type !== 'ice.check') return false;
    if (event.count <= kept.event.count) return false;
    this.#kept[index] = { ...kept, event: { ...kept.event, count: event.count, until: event.until } };
    if (index < this.#stored) this.#recounted.add(index);
    return true;
  }

  #noteCheck(at: Millis, event: CheckEvent): void {
    this.#checks.set(keyOf(event), this.#kept.length);
    const isValid = event.outcome === 'valid' || event.outcome === 'nominating';
    if (!isValid || this.#answeredAt.has(event.leg)) return;
    this.#answeredAt.set(event.leg, at);
    this.#boundByCheck(event.leg);
  }

  /** What cannot have come before something that is known of by the gateway's own clock. */
  #bound(clock: BrowserClock, leg: LegName, event: BrowserEvent): void {
    if (event.type === 'ice.candidate') {
      const allocatedAt = this.#allocatedAt.get(`${leg} ${event.candidate.port}`);
      if (allocatedAt !== undefined) clock.followed(allocatedAt, event.atMs);
    } else if (event.type === 'ice.connection' && event.state === 'connected') {
      if (this.#connectedMs.has(leg)) return;
      this.#connectedMs.set(leg, event.atMs);
      this.#boundByCheck(leg);
    }
  }

  /** A browser is connected after its first check was answered. The two come by different threads, in any order. */
  #boundByCheck(leg: LegName): void {
    const [answeredAt, connectedMs] = [this.#answeredAt.get(leg), this.#connectedMs.get(leg)];
    if (answeredAt !== undefined && connectedMs !== undefined) this.clockOf(leg).followed(answeredAt, connectedMs);
  }
}

const SHARES: ReadonlySet<string> = new Set(Object.keys(MAX_ENTRIES));
const hasShare = (type: string): type is Share => SHARES.has(type);
const shareOf = ({ type }: GatewayEvent): Share => (hasShare(type) ? type : 'gateway');

/** Stable: what came at one moment keeps its order. */
const inOrder = (entries: TimelineEntry[]): TimelineEntry[] => entries.sort((a, b) => a.at - b.at);

const keyOf = ({ leg, outcome, from, local }: CheckEvent): string =>
  [leg, outcome, from.address, from.port, local?.address].join(' ');

function clockFacts(leg: LegName, { askedAt, withinMs }: BrowserClock): ClockFacts[] {
  if (askedAt === undefined) return [];
  return [{ leg, askedAt, ...(withinMs === undefined ? {} : { withinMs }) }];
}
