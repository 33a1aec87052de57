import type { CallRecord } from '@earshot/telemetry';
import { MemoryStore } from './memory-store.js';

/** Records that can be looked at while they wait. */
const MOST_RECORDS = 10_000;
/** Counts that are kept apart; beyond, the newest two become one. */
const MOST_COUNTS = 1_000;

/** Records that are not in the database for certain: as many as memory allows can be read, and all are counted. */
export class WaitingRecords {
  readonly memory = new MemoryStore(MOST_RECORDS);
  /** By key: the journal's line that must have come into the database; Infinity: not even in the journal. */
  readonly #lines = new Map<string, number>();
  readonly #counts: { number: number; records: number }[] = [];
  #count = 0;

  /** Durable, and not in the database. */
  get count(): number {
    return this.#count;
  }

  add(record: CallRecord): void {
    this.#lines.delete(record.key);
    this.#lines.set(record.key, Number.POSITIVE_INFINITY);
    this.memory.amend(record);
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > MOST_RECORDS && oldest !== undefined) this.#forget(oldest);
  }

  /** These records are in the journal up to this line. */
  durable(keys: readonly string[], number: number): void {
    for (const key of keys) if (this.#lines.has(key)) this.#lines.set(key, number);
    this.#count += keys.length;
    const last = this.#counts.at(-1);
    if (last !== undefined && this.#counts.length >= MOST_COUNTS) {
      last.number = number;
      last.records += keys.length;
    } else if (keys.length > 0) {
      this.#counts.push({ number, records: keys.length });
    }
  }

  /** The journal is in the database up to this line. */
  stored(number: number): void {
    while (this.#counts[0] !== undefined && this.#counts[0].number <= number) {
      this.#count -= this.#counts.shift()?.records ?? 0;
    }
    for (const [key, line] of this.#lines) if (line <= number) this.#forget(key);
  }

  /** These came into the database by another way. */
  forget(keys: readonly string[]): void {
    for (const key of keys) if (this.#lines.get(key) === Number.POSITIVE_INFINITY) this.#forget(key);
  }

  #forget(key: string): void {
    this.#lines.delete(key);
    this.memory.forget(key);
  }
}
