import type { Millis } from '@earshot/base';
import {
  type CallTimeline,
  explainAll,
  type LegKind,
  type Reach,
  TELEMETRY_VERSION,
  type TimelineEntry,
} from '@earshot/telemetry';
import type { DiagnosisStart } from '../types.js';

/** Entries that say how a browser reached the gateway. */
const KINDS: ReadonlySet<string> = new Set([
  ...['ice.attempt', 'ice.gathering', 'ice.candidate', 'ice.candidate_error', 'ice.connection', 'ice.pair'],
  ...['ice.settings', 'ice.advertised', 'ice.check', 'ice.state', 'leg.silence', 'dtls.state', 'call.ended'],
  ...['turn.allocated', 'turn.refused', 'turn.relaying'],
]);

/** As many as a timeline keeps of them would be; a call with more has been explained long before. */
const MAX_ENTRIES = 512;

/** Asks `explainAll` of the telemetry anew when there is something new to ask about, and only then. */
export class ReachTrace {
  readonly #start: DiagnosisStart;
  #callee: LegKind | undefined;
  readonly #entries: TimelineEntry[] = [];
  /** Where each of `#entries` stands in the timeline. */
  readonly #indexes: (number | undefined)[] = [];
  readonly #checks = new Set<string>();
  #explained: readonly Reach[] | undefined = [];

  constructor(start: DiagnosisStart) {
    this.#start = start;
    this.#callee = start.callee;
  }

  set callee(kind: LegKind) {
    this.#callee = kind;
    this.#explained = undefined;
  }

  take(entry: TimelineEntry, index: number | undefined): void {
    const { type } = entry.event;
    if (!KINDS.has(type)) return;
    if (type === 'ice.check' && this.#isKnown(entry)) return;
    if (this.#entries.length >= MAX_ENTRIES && type !== 'call.ended' && type !== 'leg.silence') return;
    if (this.#entries.length >= 2 * MAX_ENTRIES) return;
    // What a browser saw arrives after what the gateway saw of the same moment.
    let place = this.#entries.length;
    while (place > 0 && (this.#entries[place - 1] as TimelineEntry).at > entry.at) place -= 1;
    this.#entries.splice(place, 0, entry);
    this.#indexes.splice(place, 0, index);
    this.#explained = undefined;
  }

  get all(): readonly Reach[] {
    this.#explained ??= explainAll(this.#timeline());
    return this.#explained;
  }

  has(isWanted: (entry: TimelineEntry) => boolean): boolean {
    return this.#entries.some(isWanted);
  }

  /** When the last of these happened. */
  last(isWanted: (entry: TimelineEntry) => boolean): Millis | undefined {
    return this.#entries.findLast(isWanted)?.at;
  }

  /** The entry that a finding refers to, and its place in the timeline. */
  entryOf(place: number): { readonly entry: TimelineEntry; readonly index: number | undefined } | undefined {
    const entry = this.#entries[place];
    return entry === undefined ? undefined : { entry, index: this.#indexes[place] };
  }

  /** Further checks of one kind from one place say nothing new. */
  #isKnown({ event }: TimelineEntry): boolean {
    if (event.type !== 'ice.check') return false;
    const key = `${event.leg} ${event.outcome} ${event.from.address} ${event.from.port}`;
    if (this.#checks.has(key)) return true;
    if (this.#checks.size < MAX_ENTRIES) this.#checks.add(key);
    return false;
  }

  #timeline(): CallTimeline {
    const { callId, startedAt, caller } = this.#start;
    return {
      version: TELEMETRY_VERSION,
      callId,
      startedAt,
      caller,
      ...(this.#callee === undefined ? {} : { callee: this.#callee }),
      clocks: [],
      entries: this.#entries,
      samples: [],
      omitted: 0,
      omittedSamples: 0,
    };
  }
}
