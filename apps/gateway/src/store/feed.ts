import type { Fault, Millis, Result } from '@earshot/base';
import { now } from '../clock.js';
import type { Log } from '../log.js';
import type { WriterOperations } from './database/writer-service.js';
import type { JournalQueue } from './journal/queue.js';
import { isBefore, type JournalPlace } from './journal/segments.js';
import type { Spool } from './spool.js';
import type { ThreadClient } from './thread.js';
import type { WaitingRecords } from './waiting-records.js';

/** Evidence is written when there is so much of it, in characters, or after so long, in ms. */
const FLUSH_SIZE = 512 * 1024;
const FLUSH_MS = 1000;
/** At most about so much of it at once. */
const TAKE_SIZE = 1024 * 1024;
/** A database that failed is tried again after this, and at most after that, in ms. */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
/** How long a write may take, in ms: the database itself gives up before. */
const WRITE_MS = 20_000;
/** Old calls are looked for so often, in ms. */
const SWEEP_MS = 60_000;
const FIRST_SWEEP_MS = 10_000;
const DAY_MS = 86_400_000;

export interface FeedOptions {
  readonly writer: ThreadClient<WriterOperations>;
  readonly queue: JournalQueue;
  readonly spool: Spool;
  readonly waiting: WaitingRecords;
  readonly recordDays: number;
  readonly evidenceDays: number;
  /** Whether the database may be there where the disk of the journal is not. */
  readonly isElsewhere: boolean;
  /** The database cannot be written, or can again. */
  readonly onFault: (fault: Fault | undefined) => void;
  readonly log: Log;
}

/** What is brought into the database, and when: the journal, evidence, and the end of what is old. One thing at a time. */
export class Feed {
  readonly #options: FeedOptions;
  /** Up to where the journal is durable, and up to where it is in the database. */
  #durable: JournalPlace = { segment: 0, offset: 0 };
  #stored: JournalPlace = { segment: 0, offset: 0 };
  #fault: Fault | undefined;
  #retryMs = RETRY_MS;
  #retryAt: Millis = 0;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #timer: NodeJS.Timeout | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #isFlushDue = false;
  #isClosing = false;
  #sweepAt: Millis = now() + FIRST_SWEEP_MS;
  #caughtUp: (() => void)[] = [];
  #eventsKept = 0;
  #samplesKept = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  get fault(): Fault | undefined {
    return this.#fault;
  }

  get kept(): { readonly events: number; readonly samples: number } {
    return { events: this.#eventsKept, samples: this.#samplesKept };
  }

  /** All of the journal is in the database. */
  get isCaughtUp(): boolean {
    return !isBefore(this.#stored, this.#durable);
  }

  /** Fault: store.incompatible; any other may be over later. */
  async open(): Promise<Result<undefined>> {
    const opened = await this.#options.writer.ask('open', undefined, WRITE_MS);
    if (!opened.ok && opened.error.code !== 'store.incompatible') this.#failed(opened.error);
    return opened;
  }

  /** The journal is durable up to here. */
  journaled(place: JournalPlace): void {
    this.#durable = place;
    this.run();
  }

  /** There is more in the spool. */
  spooled(): void {
    if (this.#options.spool.bytes >= FLUSH_SIZE) this.run();
    else this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    this.#flushTimer = undefined;
    this.#isFlushDue = true;
    this.run();
  }

  /** Writes whatever is due. Called whenever something may be. */
  run(): void {
    this.#isWanted = true;
    this.#running ??= this.#write().finally(() => {
      this.#running = undefined;
      // Something came when all had been looked at.
      if (this.#isWanted) this.run();
    });
  }

  /** Resolves when the journal is in the database, or after so long, in ms, or when that cannot be had now. */
  async caughtUp(waitMs: number): Promise<void> {
    if (this.isCaughtUp || this.#fault !== undefined) return;
    await new Promise<void>((resolve) => {
      const overdue = setTimeout(resolve, waitMs);
      this.#caughtUp.push(() => {
        clearTimeout(overdue);
        resolve();
      });
    });
  }

  /** Writes what waits, for so long at most. */
  async close(waitMs: number): Promise<void> {
    this.#isClosing = true;
    const deadline = now() + waitMs;
    clearTimeout(this.#flushTimer);
    const { spool } = this.#options;
    do {
      this.#isFlushDue = true;
      this.run();
      await this.#running;
    } while (this.#fault === undefined && now() < deadline && !(this.isCaughtUp && spool.isEmpty));
    clearTimeout(this.#timer);
  }

  async #write(): Promise<void> {
    const steps = [
      () => this.#storeRecords(),
      () => this.#storeStuck(),
      () => this.#storeEvidence(),
      () => this.#sweep(),
    ];
    for (let isBusy = true; isBusy || this.#isWanted; ) {
      this.#isWanted = false;
      const pause = this.#retryAt - now();
      if (this.#fault !== undefined && pause > 0) {
        this.#runLater(pause);
        return;
      }
      isBusy = false;
      for (const step of steps) {
        const outcome = await step();
        if (outcome === undefined) continue;
        isBusy = true;
        if (outcome.ok) this.#succeeded();
        else this.#failed(outcome.error);
        if (!outcome.ok) break;
      }
    }
    this.#runLater(Math.max(0, this.#sweepAt - now()));
  }

  #runLater(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosing) this.#timer = setTimeout(() => this.run(), ms);
  }

  async #storeRecords(): Promise<Result<unknown> | undefined> {
    if (this.isCaughtUp) {
      for (const caughtUp of this.#caughtUp.splice(0)) caughtUp();
      // Only what is asked shows that a fault is over.
      return this.#fault === undefined ? undefined : this.#options.writer.ask('open', undefined, WRITE_MS);
    }
    const { writer, waiting, log } = this.#options;
    const consumed = await writer.ask('consume', { from: this.#stored, to: this.#durable }, WRITE_MS);
    if (!consumed.ok) return consumed;
    const { place, number, refused } = consumed.value;
    this.#stored = place;
    waiting.stored(number);
    if (refused > 0) log.error({ records: refused }, 'the database refused records; they are in refused.log');
    return consumed;
  }

  /** The journal cannot be written, and the database may be elsewhere. */
  async #storeStuck(): Promise<Result<unknown> | undefined> {
    const { writer, queue, waiting, isElsewhere } = this.#options;
    const items = isElsewhere ? queue.stuck : [];
    if (items.length === 0) return undefined;
    const written = await writer.ask('records', items, WRITE_MS);
    if (!written.ok) return written;
    queue.forget(items);
    waiting.forget(items.map(({ key }) => key));
    return written;
  }

  async #storeEvidence(): Promise<Result<unknown> | undefined> {
    const { writer, spool, log } = this.#options;
    if (!this.#isFlushDue && spool.bytes < FLUSH_SIZE) return undefined;
    const batch = spool.take(TAKE_SIZE);
    if (batch === undefined) {
      this.#isFlushDue = false;
      return undefined;
    }
    const written = await writer.ask('evidence', batch.rows, WRITE_MS);
    if (!written.ok) {
      this.#isFlushDue = true;
      return written;
    }
    spool.done();
    this.#eventsKept += batch.events;
    this.#samplesKept += batch.samples;
    if (written.value > 0) log.error({ parts: written.value }, 'the database refused evidence');
    return written;
  }

  async #sweep(): Promise<Result<unknown> | undefined> {
    if (now() < this.#sweepAt || this.#isClosing) return undefined;
    const { writer, recordDays, evidenceDays } = this.#options;
    const recordsBefore = now() - recordDays * DAY_MS;
    const evidenceBefore = Math.max(recordsBefore, now() - evidenceDays * DAY_MS);
    const swept = await writer.ask('sweep', { recordsBefore, evidenceBefore }, WRITE_MS);
    if (!swept.ok || swept.value) return swept;
    this.#sweepAt = now() + SWEEP_MS;
    return writer.ask('analyze', undefined, WRITE_MS);
  }

  #failed(why: Fault): void {
    this.#fault = why;
    this.#retryAt = now() + this.#retryMs;
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    this.#options.onFault(why);
    for (const caughtUp of this.#caughtUp.splice(0)) caughtUp();
    this.#runLater(this.#retryAt - now());
  }

  #succeeded(): void {
    this.#retryMs = RETRY_MS;
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.#options.onFault(undefined);
  }
}
