import type { EvidenceRow } from './evidence-row.js';
import type { EvidencePart } from './types.js';

/** Evidence that waits, as text. */
interface Waiting {
  readonly key: string;
  readonly callId: string;
  readonly part: number;
  head: string;
  /** JSON of each, without the brackets around the list. */
  entries: string;
  samples: string;
  eventCount: number;
  sampleCount: number;
  shedEvents: number;
  shedSamples: number;
}

export interface Shed {
  readonly events: number;
  readonly samples: number;
}

/** What is being written now. It stays as it is until that is known to have come through, so that nothing comes twice. */
export interface Batch {
  readonly rows: readonly EvidenceRow[];
  readonly events: number;
  readonly samples: number;
  readonly bytes: number;
}

/** What a row costs besides its text. */
const OVERHEAD = 200;

const sizeOf = ({ key, head, entries, samples }: Pick<Waiting, 'key' | 'head' | 'entries' | 'samples'>): number =>
  OVERHEAD + key.length + head.length + entries.length + samples.length;

const listed = (values: readonly unknown[]): string => JSON.stringify(values).slice(1, -1);

const joined = (one: string, other: string): string => (one === '' ? other : other === '' ? one : `${one},${other}`);

const rowOf = ({ key, part, head, entries, samples, shedEvents, shedSamples }: Waiting): EvidenceRow => ({
  key,
  part,
  head,
  entries: `[${entries}]`,
  samples: `[${samples}]`,
  shedEvents,
  shedSamples,
});

/**
 * Evidence on its way to the database: bounded, in bytes. What does not fit is thrown away, the oldest samples first, then
 * the oldest events; each call knows how much it lost.
 */
export class Spool {
  readonly #limit: number;
  readonly #firstPart: number;
  #parts = 0;
  #waiting: Waiting[] = [];
  /** Those before these have no samples, or nothing, left to throw away. */
  #withSamples = 0;
  #withEvents = 0;
  #bytes = 0;
  /** What waits and what is being written. */
  #events = 0;
  #samples = 0;
  #batch: Batch | undefined;

  /** `firstPart`: greater than of any process before this one. */
  constructor(limit: number, firstPart: number) {
    this.#limit = limit;
    this.#firstPart = firstPart;
  }

  /** In bytes, without what is being written. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#batch === undefined && this.#waiting.length === 0;
  }

  get waiting(): { readonly events: number; readonly samples: number } {
    return { events: this.#events, samples: this.#samples };
  }

  /** Gives what was thrown away to make room. */
  add({ key, callId, head, entries, samples }: EvidencePart): Shed {
    const one: Waiting = {
      key,
      callId,
      part: this.#firstPart + ++this.#parts,
      head: JSON.stringify(head),
      entries: listed(entries),
      samples: listed(samples),
      eventCount: entries.length,
      sampleCount: samples.length,
      shedEvents: 0,
      shedSamples: 0,
    };
    this.#waiting.push(one);
    this.#bytes += sizeOf(one);
    this.#events += one.eventCount;
    this.#samples += one.sampleCount;
    return this.#makeRoom();
  }

  /** The next to write, at most about `bytes` of them; the same again until `done`. Undefined: there is nothing. */
  take(bytes: number): Batch | undefined {
    if (this.#batch !== undefined || this.#waiting.length === 0) return this.#batch;
    const byKey = new Map<string, Waiting>();
    let [size, events, samples, count] = [0, 0, 0, 0];
    for (const one of this.#waiting) {
      if (size >= bytes) break;
      size += sizeOf(one);
      events += one.eventCount;
      samples += one.sampleCount;
      count += 1;
      const before = byKey.get(one.key);
      byKey.set(one.key, before === undefined ? one : merged(before, one));
    }
    this.#waiting.splice(0, count);
    this.#withSamples = Math.max(0, this.#withSamples - count);
    this.#withEvents = Math.max(0, this.#withEvents - count);
    this.#bytes -= size;
    this.#batch = { rows: [...byKey.values()].map(rowOf), events, samples, bytes: size };
    return this.#batch;
  }

  /** What was taken is written. */
  done(): void {
    this.#events -= this.#batch?.events ?? 0;
    this.#samples -= this.#batch?.samples ?? 0;
    this.#batch = undefined;
  }

  /** What is not known to be written of calls of this id, or of the call of this key. */
  of(id: string): readonly EvidenceRow[] {
    return [
      ...(this.#batch?.rows.filter(({ key }) => key === id || key.endsWith(`-${id}`)) ?? []),
      ...this.#waiting.filter(({ key, callId }) => key === id || callId === id).map(rowOf),
    ];
  }

  #makeRoom(): Shed {
    let [events, samples] = [0, 0];
    for (; this.#bytes > this.#limit && this.#withSamples < this.#waiting.length; this.#withSamples += 1) {
      const one = this.#waiting[this.#withSamples];
      if (one === undefined) break;
      this.#bytes -= one.samples.length;
      samples += one.sampleCount;
      one.shedSamples += one.sampleCount;
      one.sampleCount = 0;
      one.samples = '';
    }
    for (; this.#bytes > this.#limit && this.#withEvents < this.#waiting.length; this.#withEvents += 1) {
      const one = this.#waiting[this.#withEvents];
      if (one === undefined) break;
      this.#bytes -= one.entries.length;
      events += one.eventCount;
      one.shedEvents += one.eventCount;
      one.eventCount = 0;
      one.entries = '';
    }
    if (this.#bytes > this.#limit) this.#dropHeads();
    this.#events -= events;
    this.#samples -= samples;
    return { events, samples };
  }

  /** Nothing is left of what waits but its heads. The older half of them goes; how much they lost is said by newer ones. */
  #dropHeads(): void {
    const gone = this.#waiting.splice(0, this.#waiting.length >> 1);
    this.#withSamples = 0;
    this.#withEvents = 0;
    const next = new Map<string, Waiting>();
    for (const one of this.#waiting) if (!next.has(one.key)) next.set(one.key, one);
    for (const one of gone) {
      this.#bytes -= sizeOf(one);
      const heir = next.get(one.key);
      if (heir === undefined) continue;
      heir.shedEvents += one.shedEvents;
      heir.shedSamples += one.shedSamples;
    }
  }
}

const merged = (before: Waiting, one: Waiting): Waiting => ({
  ...one,
  entries: joined(before.entries, one.entries),
  samples: joined(before.samples, one.samples),
  shedEvents: before.shedEvents + one.shedEvents,
  shedSamples: before.shedSamples + one.shedSamples,
});
