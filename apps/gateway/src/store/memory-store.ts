import { type Millis, ok, type Result } from '@earshot/base';
import type { CallPage, CallQuery, CallRecord, Overview, StoreGap } from '@earshot/telemetry';
import { assemble, type KeptPart } from './assemble.js';
import { pageLimit, parsePlace, printPlace } from './facts.js';
import { matches, newestFirst } from './match.js';
import { summarize } from './summary.js';
import type { CallStore, EvidencePart, StoredCall, StoreFigures } from './types.js';

const MOST_CALLS = 10_000;
const MOST_ITEMS = 500_000;

/** The newest calls, in memory alone: what others are tested with, and what a broken database is answered from. */
export class MemoryStore implements CallStore {
  readonly #mostCalls: number;
  readonly #mostItems: number;
  readonly #records = new Map<string, CallRecord>();
  readonly #running = new Map<string, CallRecord>();
  /** By key, in the order of the last part. */
  readonly #parts = new Map<string, { readonly callId: string; readonly parts: KeptPart[]; items: number }>();
  #items = 0;
  #recordsKept = 0;
  #eventsKept = 0;
  #samplesKept = 0;
  #eventsShed = 0;
  #samplesShed = 0;

  constructor(mostCalls = MOST_CALLS, mostItems = MOST_ITEMS) {
    this.#mostCalls = mostCalls;
    this.#mostItems = mostItems;
  }

  /** Calls that began and did not end. */
  get running(): readonly CallRecord[] {
    return [...this.#running.values()];
  }

  begin(record: CallRecord): void {
    this.#running.set(record.key, record);
  }

  async keep(record: CallRecord): Promise<Result<void>> {
    this.#running.delete(record.key);
    if (!this.#records.has(record.key)) this.#recordsKept += 1;
    this.#records.set(record.key, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > this.#mostCalls && oldest !== undefined) this.forget(oldest);
    return ok(undefined);
  }

  amend(record: CallRecord): void {
    void this.keep(record);
  }

  append({ key, callId, head, entries, samples }: EvidencePart): void {
    const known = this.#parts.get(key) ?? { callId, parts: [], items: 0 };
    this.#parts.delete(key);
    this.#parts.set(key, known);
    known.parts.push({ head, entries, samples, shedEvents: 0, shedSamples: 0 });
    // A part of nothing but its head counts, too.
    const items = 1 + entries.length + samples.length;
    known.items += items;
    this.#items += items;
    this.#eventsKept += entries.length;
    this.#samplesKept += samples.length;
    for (const oldest of this.#parts.keys()) {
      if (this.#items <= this.#mostItems || oldest === key) break;
      this.#shed(oldest);
    }
  }

  #shed(key: string): void {
    for (const { entries, samples } of this.#parts.get(key)?.parts ?? []) {
      this.#eventsShed += entries.length;
      this.#samplesShed += samples.length;
    }
    this.#forgetParts(key);
  }

  #forgetParts(key: string): void {
    this.#items -= this.#parts.get(key)?.items ?? 0;
    this.#parts.delete(key);
  }

  /** Leaves out a call that is kept elsewhere by now. */
  forget(key: string): void {
    this.#records.delete(key);
    this.#forgetParts(key);
  }

  async find(id: string): Promise<StoredCall | undefined> {
    const record =
      this.#records.get(id) ?? [...this.#records.values()].filter(({ callId }) => callId === id).sort(newestFirst)[0];
    if (record === undefined) return undefined;
    const timeline = assemble(this.#parts.get(record.key)?.parts ?? []);
    return { record, ...(timeline === undefined ? {} : { timeline }) };
  }

  async search(query: CallQuery): Promise<CallPage> {
    const place = query.after === undefined ? undefined : parsePlace(query.after);
    if (query.after !== undefined && place === undefined) return { calls: [] };
    const limit = pageLimit(query);
    const found = [...this.#records.values()]
      .filter((record) => matches(query, record) && (place === undefined || newestFirst(place, record) < 0))
      .sort(newestFirst);
    const last = found[limit - 1];
    const hasMore = found.length > limit && last !== undefined;
    return { calls: found.slice(0, limit), ...(hasMore ? { next: printPlace(last) } : {}) };
  }

  async overview(from: Millis, until: Millis): Promise<Overview> {
    return { ...summarize(this.#records.values(), from, until), gaps: [] };
  }

  async gaps(): Promise<readonly StoreGap[]> {
    return [];
  }

  figures(): StoreFigures {
    return {
      kind: 'memory',
      recordsWaiting: 0,
      eventsWaiting: 0,
      samplesWaiting: 0,
      recordsKept: this.#recordsKept,
      eventsKept: this.#eventsKept,
      samplesKept: this.#samplesKept,
      eventsShed: this.#eventsShed,
      samplesShed: this.#samplesShed,
    };
  }

  async close(): Promise<void> {}
}
