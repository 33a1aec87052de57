import type { ErrorCode, Millis } from '@earshot/base';
import type { StoreGap } from '@earshot/telemetry';
import type { JournalGap } from './journal/files.js';

export interface Losses {
  readonly records?: number;
  readonly events?: number;
  readonly samples?: number;
}

/** Gaps that are remembered here until the database has them for certain. */
const MOST_RECENT = 100;
/** A gap that grows is told of again no more often than this, in ms. */
const TELL_MS = 2000;

/** Times in which something could not be stored. One of each code is open at most. */
export class Gaps {
  readonly #tell: (gap: JournalGap) => void;
  readonly #newId: () => string;
  readonly #open = new Map<ErrorCode, { gap: JournalGap; toldAt: Millis; isTold: boolean }>();
  readonly #recent: JournalGap[] = [];

  /** `tell`: it began, grew, or is over. */
  constructor(tell: (gap: JournalGap) => void, newId: () => string) {
    this.#tell = tell;
    this.#newId = newId;
  }

  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Something cannot be stored from now on. It may have been said before. */
  open(code: ErrorCode, at: Millis): void {
    if (this.#open.has(code)) return;
    const gap: JournalGap = { id: this.#newId(), from: at, code, lostRecords: 0, lostEvents: 0, lostSamples: 0 };
    this.#open.set(code, { gap, toldAt: at, isTold: true });
    this.#tell(gap);
  }

  /** Something of that time is lost for good. */
  lost(code: ErrorCode, at: Millis, { records = 0, events = 0, samples = 0 }: Losses): void {
    this.open(code, at);
    const open = this.#open.get(code);
    if (open === undefined) return;
    const { gap } = open;
    open.gap = {
      ...gap,
      lostRecords: gap.lostRecords + records,
      lostEvents: gap.lostEvents + events,
      lostSamples: gap.lostSamples + samples,
    };
    open.isTold = false;
    if (at - open.toldAt < TELL_MS) return;
    open.toldAt = at;
    open.isTold = true;
    this.#tell(open.gap);
  }

  /** All is stored again. */
  close(code: ErrorCode, at: Millis): void {
    const open = this.#open.get(code);
    if (open === undefined) return;
    this.#open.delete(code);
    const gap = { ...open.gap, until: Math.max(open.gap.from, at) };
    this.#recent.push(gap);
    if (this.#recent.length > MOST_RECENT) this.#recent.shift();
    this.#tell(gap);
  }

  closeAll(at: Millis): void {
    for (const code of [...this.#open.keys()]) this.close(code, at);
  }

  /** That touch this time: those known here and those that the database has, the oldest first. */
  between(from: Millis, until: Millis, stored: readonly JournalGap[]): readonly StoreGap[] {
    const own = [...this.#recent, ...[...this.#open.values()].map(({ gap }) => gap)];
    const known = new Set(own.map(({ id }) => id));
    return [...stored.filter(({ id }) => !known.has(id)), ...own]
      .filter((gap) => gap.from < until && (gap.until === undefined || gap.until >= from))
      .sort((one, other) => one.from - other.from)
      .map(({ id: _id, ...gap }) => gap);
  }
}
