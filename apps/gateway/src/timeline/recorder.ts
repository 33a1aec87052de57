import type { Millis } from '@earshot/base';
import { LIMITS } from '@earshot/signaling';
import {
  BrowserClock,
  type BrowserEvent,
  type CallTimeline,
  type ClockFacts,
  type GatewayEvent,
  type LegKind,
  type LegName,
  type RelayEvent,
  TELEMETRY_VERSION,
  type TimelineEntry,
} from '@earshot/telemetry';

type CheckEvent = Extract<GatewayEvent, { readonly type: 'ice.check' }>;

/** An entry, or what is not placed in time before it is read. */
type Kept =
  | TimelineEntry
  | { readonly source: 'unplaced'; readonly leg: LegName; readonly event: BrowserEvent; readonly arrivedAt: Millis };

/**
 * Entries kept of each kind, for browsers and relays those of each leg, so that none can crowd out another: a call of
 * hours with many restarts fits.
 */
export const MAX_ENTRIES = { gateway: 512, browser: LIMITS.evidenceOfCall, relay: 128 } as const;

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
  readonly #connected = new Set<LegName>();
  /** When a relayed port was first allocated for a leg. Its browser has a candidate there only after that. */
  readonly #allocatedAt = new Map<string, Millis>();

  constructor(callId: string, startedAt: Millis, caller: LegKind) {
    this.callId = callId;
    this.startedAt = startedAt;
    this.caller = caller;
  }

  get endedAt(): Millis | undefined {
    return this.#endedAt;
  }

  gateway(at: Millis, event: GatewayEvent): void {
    if (event.type === 'ice.check' && this.#counted(event)) return;
    if (event.type === 'call.ended') {
      if (this.#endedAt !== undefined) return;
      this.#endedAt = at;
      // The last word on the call has its place, however long it was.
      this.#kept.push({ at, source: 'gateway', event });
      return;
    }
    if (this.#isFull('gateway')) return;
    if (event.type === 'ice.check') this.#noteCheck(at, event);
    this.#kept.push({ at, source: 'gateway', event });
  }

  /** `arrivedAt`: of the message they came in; `sentMs`: when the browser sent it, on the clock of its events. */
  browser(arrivedAt: Millis, leg: LegName, events: readonly BrowserEvent[], sentMs?: number): void {
    const clock = this.clockOf(leg);
    const last = events.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
    clock.arrived(arrivedAt, Math.max(last, sentMs ?? 0));
    for (const event of events) {
      this.#bound(clock, leg, event);
      if (!this.#isFull('browser', leg)) this.#kept.push({ source: 'unplaced', leg, event, arrivedAt });
    }
  }

  relay(at: Millis, leg: LegName, event: RelayEvent): void {
    if (this.#isFull('relay', leg)) return;
    if (event.type === 'turn.allocated') {
      const place = `${leg} ${event.relayed.port}`;
      if (!this.#allocatedAt.has(place)) this.#allocatedAt.set(place, at);
    }
    this.#kept.push({ at, source: 'relay', leg, event });
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
    const entries = this.#kept.map((kept) => this.#placed(kept));
    return {
      version: TELEMETRY_VERSION,
      callId: this.callId,
      startedAt: this.startedAt,
      ...(this.#endedAt === undefined ? {} : { endedAt: this.#endedAt }),
      caller: this.caller,
      ...(this.callee === undefined ? {} : { callee: this.callee }),
      clocks: [...this.#clocks].flatMap(([leg, clock]) => clockFacts(leg, clock)),
      // Stable: what came at one moment keeps its order.
      entries: entries.sort((a, b) => a.at - b.at),
      samples: [],
      omitted: this.#omitted,
      omittedSamples: 0,
    };
  }

  #placed(kept: Kept): TimelineEntry {
    if (kept.source !== 'unplaced') return kept;
    const { leg, event, arrivedAt } = kept;
    const askedAt = this.#clocks.get(leg)?.askedAt;
    const at = askedAt === undefined ? arrivedAt : Math.round(askedAt + event.atMs);
    return { at, source: 'browser', leg, event };
  }

  #isFull(source: keyof typeof MAX_ENTRIES, leg?: LegName): boolean {
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
    return true;
  }

  #noteCheck(at: Millis, event: CheckEvent): void {
    this.#checks.set(keyOf(event), this.#kept.length);
    const isValid = event.outcome === 'valid' || event.outcome === 'nominating';
    if (isValid && !this.#answeredAt.has(event.leg)) this.#answeredAt.set(event.leg, at);
  }

  /** What cannot have come before something that is known of by the gateway's own clock. */
  #bound(clock: BrowserClock, leg: LegName, event: BrowserEvent): void {
    if (event.type === 'ice.candidate') {
      const allocatedAt = this.#allocatedAt.get(`${leg} ${event.candidate.port}`);
      if (allocatedAt !== undefined) clock.followed(allocatedAt, event.atMs);
    } else if (event.type === 'ice.connection' && event.state === 'connected') {
      const answeredAt = this.#answeredAt.get(leg);
      // The first time alone: later ones need not follow the first check that was answered.
      if (answeredAt !== undefined && !this.#connected.has(leg)) clock.followed(answeredAt, event.atMs);
      this.#connected.add(leg);
    }
  }
}

const keyOf = ({ leg, outcome, from, local }: CheckEvent): string =>
  [leg, outcome, from.address, from.port, local?.address].join(' ');

function clockFacts(leg: LegName, { askedAt, withinMs }: BrowserClock): ClockFacts[] {
  if (askedAt === undefined) return [];
  return [{ leg, askedAt, ...(withinMs === undefined ? {} : { withinMs }) }];
}
