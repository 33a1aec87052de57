import { err, type Fault, fault, ok, type Result } from '@earshot/base';
import type { JournalItem } from './line.js';
import type { Appended } from './service.js';

/** A record must not hold up its call: what is not durable by then is told to be so, in ms. */
export const KEEP_MS = 1000;
/** What was refused is tried again after this, in ms. */
const RETRY_MS = 500;
/** Of one write, in characters. */
const BATCH = 1024 * 1024;

interface Entry {
  readonly item: JournalItem;
  /** Undefined: it was answered, with a fault. */
  settle: ((result: Result<void>) => void) | undefined;
}

export interface JournalQueueOptions {
  readonly append: (items: readonly JournalItem[]) => Promise<Result<Appended>>;
  /** In characters: what may wait. */
  readonly limit: number;
  readonly onDurable: (items: readonly JournalItem[], appended: Appended) => void;
  /** It cannot be written, or can again. */
  readonly onFault: (fault: Fault | undefined) => void;
  /** A record that found no room. */
  readonly onLost: (item: JournalItem) => void;
}

/**
 * What waits for the journal. While one write is under way the next ones gather, so that the disk is waited for once for
 * all of them.
 */
export class JournalQueue {
  readonly #options: JournalQueueOptions;
  #entries: Entry[] = [];
  #size = 0;
  /** How many of the first entries are being written. */
  #writing = 0;
  #fault: Fault | undefined;
  #retry: NodeJS.Timeout | undefined;
  #overdue: NodeJS.Timeout | undefined;
  #isClosed = false;
  #idle: (() => void)[] = [];

  constructor(options: JournalQueueOptions) {
    this.#options = options;
  }

  get fault(): Fault | undefined {
    return this.#fault;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get records(): number {
    return this.#entries.filter(({ item }) => item.kind === 'keep').length;
  }

  /** Resolves when it is durable, or when that cannot be had in time. */
  push(item: JournalItem): Promise<Result<void>> {
    if (this.#size + item.json.length > this.#options.limit) {
      this.#options.onLost(item);
      return Promise.resolve(err(this.#fault ?? fault('store.unwritable', 'too much waits', 'dataDir')));
    }
    this.#size += item.json.length;
    if (this.#fault !== undefined) {
      this.#entries.push({ item, settle: undefined });
      this.#writeLater();
      return Promise.resolve(err(this.#fault));
    }
    return new Promise((resolve) => {
      this.#entries.push({ item, settle: resolve });
      if (this.#writing === 0) queueMicrotask(() => this.#write());
    });
  }

  /** What has to wait since the journal cannot be written: it may go into the database by another way. */
  get stuck(): readonly JournalItem[] {
    if (this.#fault === undefined) return [];
    const items: JournalItem[] = [];
    let size = 0;
    for (const { item } of this.#entries) {
      if (item.kind === 'begin') continue;
      size += item.json.length;
      if (size > BATCH) break;
      items.push(item);
    }
    return items;
  }

  /** These came into the database by another way. */
  forget(items: readonly JournalItem[]): void {
    const gone = new Set(items);
    // What is being written stays until that is known to have come through.
    const kept = this.#entries.filter(({ item }, index) => index < this.#writing || !gone.has(item));
    this.#size -= this.#entries.reduce((sum, { item }) => sum + item.json.length, 0);
    this.#entries = kept;
    this.#size += kept.reduce((sum, { item }) => sum + item.json.length, 0);
  }

  /** Resolves when nothing waits, or after so long, in ms. */
  drained(waitMs: number): Promise<void> {
    if (this.#entries.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const overdue = setTimeout(resolve, waitMs);
      this.#idle.push(() => {
        clearTimeout(overdue);
        resolve();
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#overdue);
    for (const entry of this.#entries) this.#settle(entry, err(this.#fault ?? fault('store.unwritable', 'closed')));
  }

  #write(): void {
    if (this.#writing > 0 || this.#isClosed || this.#entries.length === 0) return;
    const items: JournalItem[] = [];
    let size = 0;
    for (const { item } of this.#entries) {
      if (size >= BATCH) break;
      size += item.json.length;
      items.push(item);
    }
    this.#writing = items.length;
    // A disk that hangs says nothing: its silence is the fault, until it is over.
    this.#overdue = setTimeout(() => this.#isStuck(fault('store.unwritable', 'no answer', 'dataDir')), KEEP_MS);
    void this.#options.append(items).then((result) => this.#written(items, result));
  }

  #writeLater(): void {
    if (this.#isClosed) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#write();
    }, RETRY_MS);
  }

  #written(items: readonly JournalItem[], result: Result<Appended>): void {
    clearTimeout(this.#overdue);
    this.#writing = 0;
    if (this.#isClosed) return;
    if (!result.ok) {
      this.#isStuck(result.error);
      this.#writeLater();
      return;
    }
    const written = this.#entries.splice(0, items.length);
    this.#size -= items.reduce((sum, { json }) => sum + json.length, 0);
    for (const entry of written) this.#settle(entry, ok(undefined));
    this.#options.onDurable(items, result.value);
    if (this.#entries.length > 0) this.#write();
    else {
      this.#heal();
      for (const idle of this.#idle.splice(0)) idle();
    }
  }

  #isStuck(why: Fault): void {
    const isNew = this.#fault === undefined;
    this.#fault = why;
    for (const entry of this.#entries) this.#settle(entry, err(why));
    if (isNew) this.#options.onFault(why);
  }

  #heal(): void {
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.#options.onFault(undefined);
  }

  #settle(entry: Entry, result: Result<void>): void {
    entry.settle?.(result);
    entry.settle = undefined;
  }
}
