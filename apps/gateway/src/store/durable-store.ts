import { randomUUID } from 'node:crypto';
import { err, type Fault, fault, type Millis, ok, type Result } from '@earshot/base';
import type { CallPage, CallQuery, CallRecord, Overview, StoreGap } from '@earshot/telemetry';
import { now } from '../clock.js';
import { faultFields, type Log } from '../log.js';
import { type DatabasePlace, kindOf } from './database/connect.js';
import type { ReaderOperations } from './database/reader-service.js';
import type { WriterOperations } from './database/writer-service.js';
import { assembleRows } from './evidence-row.js';
import { Gaps } from './gaps.js';
import type { JournalItem, LineKind } from './journal/line.js';
import { JournalQueue } from './journal/queue.js';
import type { JournalPlace } from './journal/segments.js';
import type { Appended, JournalOperations } from './journal/service.js';
import { Spool } from './spool.js';
import { ThreadClient } from './thread.js';
import { type StartThread, startThread } from './threads.js';
import type { CallStore, EvidencePart, StoredCall, StoreFigures } from './types.js';
import { WaitingRecords } from './waiting-records.js';

export interface StoreOptions {
  readonly dataDir: string;
  /** Of a PostgreSQL database; undefined: SQLite in `dataDir`. */
  readonly url?: string | undefined;
  readonly recordDays: number;
  readonly evidenceDays: number;
  readonly log: Log;
}

/** What can be set otherwise by tests. */
export interface StoreLimits {
  /** Records that wait while nothing can be written, in characters. */
  readonly journalQueue: number;
  /** Evidence that waits for the database, in characters. */
  readonly spool: number;
}

const LIMITS: StoreLimits = { journalQueue: 128 * 1024 * 1024, spool: 64 * 1024 * 1024 };

/** Evidence is written when there is so much of it, in characters, or after so long, in ms. */
const FLUSH_SIZE = 512 * 1024;
const FLUSH_MS = 1000;
/** At most about so much of it at once. */
const TAKE_SIZE = 1024 * 1024;
/** A database that failed is tried again after this, and at most after that, in ms. */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
/** What was thrown away under pressure makes one gap if it is no further apart than this, in ms. */
const SHED_MS = 10_000;
/** Old calls are looked for so often, in ms. */
const SWEEP_MS = 60_000;
const FIRST_SWEEP_MS = 10_000;
/** How long may be waited for each, in ms. The last two: for what has just been kept, before a search; for a close. */
const WRITE_MS = 20_000;
const READ_MS = 10_000;
const CATCH_UP_MS = 300;
const CLOSE_MS = 5000;
const DAY_MS = 86_400_000;

const item = (kind: LineKind, record: CallRecord): JournalItem => ({
  kind,
  key: record.key,
  json: JSON.stringify(record),
});

const isBehind = (one: JournalPlace, other: JournalPlace): boolean =>
  one.segment < other.segment || (one.segment === other.segment && one.offset < other.offset);

/**
 * Records go into a journal on the disk before anything else, and from there into the database; evidence waits in memory,
 * for as much as there is room. Disk and database are waited for in threads of their own, so that call control never is.
 */
export class DurableStore implements CallStore {
  readonly #options: StoreOptions;
  readonly #kind: 'sqlite' | 'postgres';
  readonly #journal: ThreadClient<JournalOperations>;
  readonly #writer: ThreadClient<WriterOperations>;
  readonly #reader: ThreadClient<ReaderOperations>;
  readonly #queue: JournalQueue;
  readonly #spool: Spool;
  readonly #gaps: Gaps;
  readonly #waiting = new WaitingRecords();
  #isJournalOpen = false;
  /** Up to where the journal is durable, and up to where it is in the database. */
  #durable: JournalPlace = { segment: 0, offset: 0 };
  #stored: JournalPlace = { segment: 0, offset: 0 };
  #journalFault: Fault | undefined;
  #databaseFault: Fault | undefined;
  #retryMs = RETRY_MS;
  #retryAt = 0;
  #pumping: Promise<void> | undefined;
  #isClosing = false;
  #pumpTimer: NodeJS.Timeout | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #shedTimer: NodeJS.Timeout | undefined;
  #isFlushDue = false;
  #sweepAt: Millis;
  #caughtUp: (() => void)[] = [];
  #recordsKept = 0;
  #eventsKept = 0;
  #samplesKept = 0;
  #eventsShed = 0;
  #samplesShed = 0;

  /** Faults: store.incompatible, store.unwritable where another process has the folder. */
  static async open(
    options: StoreOptions,
    start: StartThread = startThread,
    limits: StoreLimits = LIMITS,
  ): Promise<Result<DurableStore>> {
    const store = new DurableStore(options, start, limits);
    const failure = await store.#begin();
    if (failure === undefined) return ok(store);
    await store.close();
    return err(failure);
  }

  private constructor(options: StoreOptions, start: StartThread, limits: StoreLimits) {
    const { dataDir, url, log } = options;
    const place: DatabasePlace = { dataDir, ...(url === undefined ? {} : { url }) };
    this.#options = options;
    this.#kind = kindOf(place);
    const silent = fault(url === undefined ? 'store.unwritable' : 'store.unreachable', 'no answer', this.#kind);
    const crashed = (role: string) => (message: string) => log.error({ role, message }, 'thread of the store failed');
    this.#journal = new ThreadClient(
      (restarted) => start({ role: 'journal', place, restarted }),
      fault('store.unwritable', 'no answer', 'dataDir'),
      (message) => {
        this.#isJournalOpen = false;
        crashed('journal')(message);
      },
    );
    this.#writer = new ThreadClient(
      (restarted) => start({ role: 'writer', place, restarted }),
      silent,
      crashed('writer'),
    );
    this.#reader = new ThreadClient(
      (restarted) => start({ role: 'reader', place, restarted }),
      silent,
      crashed('reader'),
    );
    this.#spool = new Spool(limits.spool, now() * 1000);
    this.#gaps = new Gaps(
      (gap) => void this.#queue.push({ kind: 'gap', key: gap.id, json: JSON.stringify(gap) }),
      randomUUID,
    );
    this.#queue = new JournalQueue({
      append: (items) => this.#append(items),
      limit: limits.journalQueue,
      onDurable: (items, appended) => this.#isDurable(items, appended),
      onFault: (why) => this.#assess(why, 'journal'),
      onLost: ({ kind }) => {
        if (kind === 'keep') this.#gaps.lost('store.unwritable', now(), { records: 1 });
      },
    });
    this.#sweepAt = now() + FIRST_SWEEP_MS;
  }

  // Records

  begin(record: CallRecord): void {
    void this.#queue.push(item('begin', record));
  }

  keep(record: CallRecord): Promise<Result<void>> {
    this.#waiting.add(record);
    this.#recordsKept += 1;
    return this.#queue.push(item('keep', record));
  }

  amend(record: CallRecord): void {
    this.#waiting.add(record);
    void this.#queue.push(item('amend', record));
  }

  // Evidence

  append(part: EvidencePart): void {
    const shed = this.#spool.add(part);
    if (shed.events + shed.samples > 0) this.#shed(shed.events, shed.samples);
    if (this.#spool.bytes >= FLUSH_SIZE) this.#pump();
    else this.#flushTimer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    this.#flushTimer = undefined;
    this.#isFlushDue = true;
    this.#pump();
  }

  #shed(events: number, samples: number): void {
    this.#eventsShed += events;
    this.#samplesShed += samples;
    const code = this.#databaseFault?.code ?? 'store.shed';
    this.#gaps.lost(code, now(), { events, samples });
    clearTimeout(this.#shedTimer);
    this.#shedTimer = setTimeout(() => this.#gaps.close('store.shed', now()), SHED_MS);
  }

  // Reading

  async find(id: string): Promise<StoredCall | undefined> {
    const waiting = await this.#waiting.memory.find(id);
    const parts = this.#spool.of(waiting?.record.callId ?? id);
    const input = { id, parts, ...(waiting === undefined ? {} : { waiting: { record: waiting.record } }) };
    const found = await this.#reader.ask('find', input, READ_MS);
    if (found.ok) return found.value;
    if (waiting === undefined) return undefined;
    const timeline = assembleRows(parts.filter(({ key }) => key === waiting.record.key));
    return { record: waiting.record, ...(timeline === undefined ? {} : { timeline }) };
  }

  async search(query: CallQuery): Promise<CallPage> {
    await this.#catchUp();
    const page = await this.#reader.ask('search', query, READ_MS);
    return page.ok ? page.value : this.#waiting.memory.search(query);
  }

  async overview(from: Millis, until: Millis): Promise<Overview> {
    await this.#catchUp();
    const [overview, gaps] = await Promise.all([
      this.#reader.ask('overview', { from, until }, READ_MS),
      this.gaps(from, until),
    ]);
    return overview.ok ? { ...overview.value, gaps } : { ...(await this.#waiting.memory.overview(from, until)), gaps };
  }

  async gaps(from: Millis, until: Millis): Promise<readonly StoreGap[]> {
    const stored = await this.#reader.ask('gaps', { from, until }, READ_MS);
    return this.#gaps.between(from, until, stored.ok ? stored.value : []);
  }

  figures(): StoreFigures {
    const why = this.#queue.fault ?? this.#databaseFault;
    const { events, samples } = this.#spool.waiting;
    return {
      kind: this.#kind,
      ...(why === undefined ? {} : { fault: why }),
      recordsWaiting: this.#waiting.count + this.#queue.records,
      eventsWaiting: events,
      samplesWaiting: samples,
      recordsKept: this.#recordsKept,
      eventsKept: this.#eventsKept,
      samplesKept: this.#samplesKept,
      eventsShed: this.#eventsShed,
      samplesShed: this.#samplesShed,
    };
  }

  /** What has just been kept is to be found, where that takes no time worth speaking of. */
  async #catchUp(): Promise<void> {
    if (this.#queue.fault !== undefined || this.#databaseFault !== undefined) return;
    const deadline = now() + CATCH_UP_MS;
    await this.#queue.drained(CATCH_UP_MS);
    if (!isBehind(this.#stored, this.#durable)) return;
    await new Promise<void>((resolve) => {
      const overdue = setTimeout(resolve, Math.max(0, deadline - now()));
      this.#caughtUp.push(() => {
        clearTimeout(overdue);
        resolve();
      });
    });
  }

  // The journal

  async #begin(): Promise<Fault | undefined> {
    const [journal, database] = await Promise.all([this.#openJournal(), this.#writer.ask('open', undefined, WRITE_MS)]);
    if (!journal.ok) {
      // Retried as long as something waits; so that something does, and soon is right again, the gap is told of.
      if (journal.error.detail === LOCKED) return journal.error;
      this.#assess(journal.error, 'journal');
    }
    if (!database.ok) {
      if (database.error.code === 'store.incompatible') return database.error;
      this.#failed(database.error);
    }
    this.#pump();
    return undefined;
  }

  async #openJournal(): Promise<Result<undefined>> {
    const opened = await this.#journal.ask('open', undefined);
    if (!opened.ok) return opened;
    if (opened.value === 'locked') return err(fault('store.unwritable', LOCKED, 'dataDir'));
    const { interrupted, tornBytes, damagedLines, place } = opened.value;
    this.#isJournalOpen = true;
    this.#durable = place;
    const { log } = this.#options;
    if (interrupted > 0) log.warn({ calls: interrupted }, 'calls were interrupted when the server stopped');
    if (tornBytes > 0) log.warn({ bytes: tornBytes }, 'the end of the journal was never written, nor acknowledged');
    if (damagedLines > 0) log.error({ lines: damagedLines }, 'lines of the journal are damaged');
    return ok(undefined);
  }

  async #append(items: readonly JournalItem[]): Promise<Result<Appended>> {
    if (!this.#isJournalOpen) {
      const opened = await this.#openJournal();
      if (!opened.ok) return opened;
    }
    return this.#journal.ask('append', items);
  }

  #isDurable(items: readonly JournalItem[], { place, number }: Appended): void {
    this.#durable = place;
    const records = items.filter(({ kind }) => kind === 'keep' || kind === 'amend');
    this.#waiting.durable(
      records.map(({ key }) => key),
      number,
    );
    this.#pump();
  }

  // The database

  /** Writes whatever is due, one after the other. Called whenever something may be. */
  #pump(): void {
    this.#pumping ??= this.#run().finally(() => {
      this.#pumping = undefined;
    });
  }

  async #run(): Promise<void> {
    for (;;) {
      const pause = this.#retryAt - now();
      if (this.#databaseFault !== undefined && pause > 0) {
        this.#pumpLater(pause);
        return;
      }
      const steps = [
        () => this.#storeRecords(),
        () => this.#storeStuck(),
        () => this.#storeEvidence(),
        () => this.#sweep(),
      ];
      let isBusy = false;
      for (const step of steps) {
        const outcome = await step();
        if (outcome === undefined) continue;
        if (outcome.ok) this.#succeeded();
        else this.#failed(outcome.error);
        isBusy = true;
        if (!outcome.ok) break;
      }
      if (!isBusy) break;
    }
    if (!this.#isClosing) this.#pumpLater(Math.max(0, this.#sweepAt - now()));
  }

  #pumpLater(ms: number): void {
    clearTimeout(this.#pumpTimer);
    this.#pumpTimer = setTimeout(() => this.#pump(), ms);
  }

  async #storeRecords(): Promise<Result<unknown> | undefined> {
    if (!isBehind(this.#stored, this.#durable)) {
      // A fault may be over with nothing left to write.
      for (const caughtUp of this.#caughtUp.splice(0)) caughtUp();
      return undefined;
    }
    const consumed = await this.#writer.ask('consume', { from: this.#stored, to: this.#durable }, WRITE_MS);
    if (!consumed.ok) return consumed;
    const { place, number, refused } = consumed.value;
    this.#stored = place;
    this.#waiting.stored(number);
    if (refused > 0)
      this.#options.log.error({ records: refused }, 'the database refused records; they are in refused.log');
    return consumed;
  }

  /** The journal cannot be written, and the database may be elsewhere. */
  async #storeStuck(): Promise<Result<unknown> | undefined> {
    const items = this.#queue.stuck;
    if (items.length === 0 || this.#kind === 'sqlite') return undefined;
    const written = await this.#writer.ask('records', items, WRITE_MS);
    if (!written.ok) return written;
    this.#queue.forget(items);
    this.#waiting.forget(items.map(({ key }) => key));
    return written;
  }

  async #storeEvidence(): Promise<Result<unknown> | undefined> {
    if (!this.#isFlushDue && this.#spool.bytes < FLUSH_SIZE) return undefined;
    const batch = this.#spool.take(TAKE_SIZE);
    if (batch === undefined) {
      this.#isFlushDue = false;
      return undefined;
    }
    const written = await this.#writer.ask('evidence', batch.rows, WRITE_MS);
    if (!written.ok) {
      this.#isFlushDue = true;
      return written;
    }
    this.#spool.done();
    this.#eventsKept += batch.events;
    this.#samplesKept += batch.samples;
    if (written.value > 0) this.#options.log.error({ parts: written.value }, 'the database refused evidence');
    return written;
  }

  async #sweep(): Promise<Result<unknown> | undefined> {
    if (now() < this.#sweepAt || this.#isClosing) return undefined;
    const { recordDays, evidenceDays } = this.#options;
    const recordsBefore = now() - recordDays * DAY_MS;
    const swept = await this.#writer.ask(
      'sweep',
      { recordsBefore, evidenceBefore: Math.max(recordsBefore, now() - evidenceDays * DAY_MS) },
      WRITE_MS,
    );
    this.#sweepAt = swept.ok && swept.value ? this.#sweepAt : now() + SWEEP_MS;
    return swept;
  }

  #failed(why: Fault): void {
    this.#retryAt = now() + this.#retryMs;
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    this.#assess(why, 'database');
    for (const caughtUp of this.#caughtUp.splice(0)) caughtUp();
    this.#pumpLater(this.#retryAt - now());
  }

  #succeeded(): void {
    this.#retryMs = RETRY_MS;
    if (this.#databaseFault !== undefined) this.#assess(undefined, 'database');
  }

  /** Something can no longer be written, or can again: gaps open and close. */
  #assess(why: Fault | undefined, what: 'journal' | 'database'): void {
    const before = what === 'journal' ? this.#journalFault : this.#databaseFault;
    if (what === 'journal') this.#journalFault = why;
    else this.#databaseFault = why;
    const { log } = this.#options;
    if (why !== undefined && before?.code !== why.code) log.error({ ...faultFields(why), what }, 'store failed');
    if (why === undefined && before !== undefined) log.info({ what }, 'store works again');
    const open = [this.#journalFault?.code, this.#databaseFault?.code];
    if (why !== undefined) this.#gaps.open(why.code, now());
    if (before !== undefined && !open.includes(before.code)) this.#gaps.close(before.code, now());
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#shedTimer);
    clearTimeout(this.#flushTimer);
    this.#gaps.close('store.shed', now());
    const deadline = now() + CLOSE_MS;
    await this.#queue.drained(CLOSE_MS);
    this.#isFlushDue = true;
    while (this.#databaseFault === undefined && now() < deadline) {
      this.#pump();
      await this.#pumping;
      if (!isBehind(this.#stored, this.#durable) && this.#spool.waiting.events + this.#spool.waiting.samples === 0)
        break;
    }
    clearTimeout(this.#pumpTimer);
    this.#queue.close();
    const isDone = !isBehind(this.#stored, this.#durable) && this.#queue.isEmpty;
    await Promise.all([
      this.#journal.ask('close', { isDone }, CLOSE_MS),
      this.#writer.ask('close', undefined, CLOSE_MS),
      this.#reader.ask('close', undefined, CLOSE_MS),
    ]);
    await Promise.all([this.#journal.close(), this.#writer.close(), this.#reader.close()]);
  }
}

const LOCKED = 'another process uses it';
