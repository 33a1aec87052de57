import type { CallTimeline } from '@earshot/telemetry';
import { type CallPlace, newestFirst, type TimelineSink, type TimelineSource } from './sink.js';

/** Calls kept, and the entries of all of them together: some tens of megabytes at the very most. */
const MAX_CALLS = 1_000;
const MAX_ENTRIES = 60_000;

/** The newest ended calls, in memory. */
export class RecentCalls implements TimelineSink, TimelineSource {
  readonly #maxCalls: number;
  readonly #maxEntries: number;
  /** In the order in which they ended. */
  readonly #timelines: CallTimeline[] = [];
  #entries = 0;

  constructor(maxCalls = MAX_CALLS, maxEntries = MAX_ENTRIES) {
    this.#maxCalls = maxCalls;
    this.#maxEntries = maxEntries;
  }

  keep(timeline: CallTimeline): void {
    this.#timelines.push(timeline);
    this.#entries += timeline.entries.length;
    while (this.#timelines.length > this.#maxCalls || this.#entries > this.#maxEntries) {
      this.#entries -= this.#timelines.shift()?.entries.length ?? 0;
    }
  }

  /** An id that was used again is the newest call's. */
  find(callId: string): CallTimeline | undefined {
    return this.#timelines.findLast((timeline) => timeline.callId === callId);
  }

  list(limit: number, after?: CallPlace): readonly CallTimeline[] {
    const following =
      after === undefined ? this.#timelines : this.#timelines.filter((one) => newestFirst(after, one) < 0);
    return [...following].sort(newestFirst).slice(0, limit);
  }
}
