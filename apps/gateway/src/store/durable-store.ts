import { randomUUID } from 'node:crypto';
import { type ErrorCode, err, type Fault, fault, type Millis, ok, type Result } from '@earshot/base';
import type { CallPage, CallQuery, CallRecord, Overview, StoreGap } from '@earshot/telemetry';
import { now } from '../clock.js';
import { faultFields, type Log } from '../log.js';
import { type DatabasePlace, kindOf } from './database/connect.js';
import type { ReaderOperations } from './database/reader-service.js';
import type { WriterOperations } from './database/writer-service.js';
import { assembleRows } from './evidence-row.js';
import { Feed } from './feed.js';
import { Gaps } from './gaps.js';
import type { JournalItem, LineKind } from './journal/line.js';
import { JournalQueue } from './journal/queue.js';
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

/** What tests set otherwise. */
export interface StoreLimits {
  /** Records that wait while nothing can be written, in characters. */
  readonly journalQueue: number;
  /** Evidence that waits for the database, in characters. */
  readonly spool: number;
}

const LIMITS: StoreLimits = { journalQueue: 128 * 1024 * 1024, spool: 64 * 1024 * 1024 };

/** What was thrown away under pressure makes one gap if it is no further apart than this, in ms. */
const SHED_MS = 10_000;
/** How long may be waited for each, in ms. The last two: for what has just been kept, before a search; for a close. */
const READ_MS = 10_000;
const CATCH_UP_MS = 150;
const CLOSE_MS = 5000;

const LOCKED = 'another process uses it';

const itemOf = (kind: LineKind, record: CallRecord): JournalItem => ({
  kind,
  key: record.key,
  json: JSON.stringify(record),
});

/**
 * Records go into a journal on the disk before anything else, and from there into the database; evidence waits in memory,
 * for as much as there is room. Disk and database are waited for in threads of their own, so that call control never is.
 */
export class DurableStore implements CallStore {
  readonly #kind: 'sqlite' | 'postgres';
  readonly #log: Log;
  readonly #journal: ThreadClient<JournalOperations>;
  readonly #writer: ThreadClient<WriterOperations>;
  readonly #reader: ThreadClient<ReaderOperations>;
  readonly #queue: JournalQueue;
  readonly #spool: Spool;
  readonly #feed: Feed;
  readonly #gaps: Gaps;
  readonly #waiting = new WaitingRecords();
  readonly #faults = new Map<'journal' | 'database', ErrorCode>();
  #isJournalOpen = false;
  #shedTimer: NodeJS.Timeout | undefined;
  #recordsKept = 0;
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
    this.#kind = kindOf(place);
    this.#log = log;
    const lost = fault(url === undefined ? 'store.unwritable' : 'store.unreachable', 'no answer', this.#kind);
    const crashed = (role: string, message: string): void =>
      log.error({ role, message }, 'a thread of the store broke down, and is replaced');
    this.#journal = new ThreadClient(
      (restarted) => start({ role: 'journal', place, restarted }),
      fault('store.unwritable', 'no answer', 'dataDir'),
      (message) => {
        this.#isJournalOpen = false;
        crashed('journal', message);
      },
    );
    this.#writer = new ThreadClient(
      (restarted) => start({ role: 'writer', place, restarted }),
      lost,
      (message) => crashed('writer', message),
    );
    this.#reader = new ThreadClient(
      (restarted) => start({ role: 'reader', place, restarted }),
      lost,
      (message) => crashed('reader', message),
    );
    this.#queue = new JournalQueue({
      append: (items) => this.#append(items),
      limit: limits.journalQueue,
      onDurable: (items, appended) => this.#isDurable(items, appended),
      onFault: (why) => this.#assess('journal', why),
      onLost: ({ kind }) => {
        if (kind === 'keep') this.#gaps.lost('store.unwritable', now(), { records: 1 });
      },
    });
    this.#gaps = new Gaps(
      (gap) => void this.#queue.push({ kind: 'gap', key: gap.id, json: JSON.stringify(gap) }),
      randomUUID,
    );
    // Parts are numbered on from those of any process before this one.
    this.#spool = new Spool(limits.spool, now() * 1000);
    this.#feed = new Feed({
      ...{ writer: this.#writer, queue: this.#queue, spool: this.#spool, waiting: this.#waiting, log },
      recordDays: options.recordDays,
      evidenceDays: options.evidenceDays,
      isElsewhere: url !== undefined,
      onFault: (why) => this.#assess('database', why),
    });
  }

  // Records

  begin(record: CallRecord): void {
    void this.#queue.push(itemOf('begin', record));
  }

  keep(record: CallRecord): Promise<Result<void>> {
    this.#waiting.add(record);
    this.#recordsKept += 1;
    return this.#push(itemOf('keep', record));
  }

  amend(record: CallRecord): void {
    this.#waiting.add(record);
    void this.#push(itemOf('amend', record));
  }

  #push(item: JournalItem): Promise<Result<void>> {
    const pushed = this.#queue.push(item);
    // The database may take what the journal does not.
    if (this.#queue.fault !== undefined) this.#feed.run();
    return pushed;
  }

  // Evidence

  append(part: EvidencePart): void {
    const { events, samples } = this.#spool.add(part);
    if (events + samples > 0) this.#shed(events, samples);
    this.#feed.spooled();
  }

  #shed(events: number, samples: number): void {
    this.#eventsShed += events;
    this.#samplesShed += samples;
    this.#gaps.lost(this.#feed.fault?.code ?? 'store.shed', now(), { events, samples });
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
    return { ...(overview.ok ? overview.value : await this.#waiting.memory.overview(from, until)), gaps };
  }

  async gaps(from: Millis, until: Millis): Promise<readonly StoreGap[]> {
    const stored = await this.#reader.ask('gaps', { from, until }, READ_MS);
    return this.#gaps.between(from, until, stored.ok ? stored.value : []);
  }

  figures(): StoreFigures {
    const why = this.#queue.fault ?? this.#feed.fault;
    const { events, samples } = this.#spool.waiting;
    return {
      kind: this.#kind,
      ...(why === undefined ? {} : { fault: why }),
      recordsWaiting: this.#waiting.count + this.#queue.records,
      eventsWaiting: events,
      samplesWaiting: samples,
      recordsKept: this.#recordsKept,
      eventsKept: this.#feed.kept.events,
      samplesKept: this.#feed.kept.samples,
      eventsShed: this.#eventsShed,
      samplesShed: this.#samplesShed,
    };
  }

  /** What has just been kept is to be found, where that takes no time worth speaking of. */
  async #catchUp(): Promise<void> {
    const deadline = now() + CATCH_UP_MS;
    if (this.#queue.fault === undefined) await this.#queue.drained(CATCH_UP_MS);
    await this.#feed.caughtUp(Math.max(0, deadline - now()));
  }

  // The journal

  async #begin(): Promise<Fault | undefined> {
    const [journal, database] = await Promise.all([this.#openJournal(), this.#feed.open()]);
    if (!journal.ok && journal.error.detail === LOCKED) return journal.error;
    if (!database.ok && database.error.code === 'store.incompatible') return database.error;
    // It is tried again with the first thing that has to go into it: the gap is one.
    if (!journal.ok) this.#gaps.open(journal.error.code, now());
    return undefined;
  }

  async #openJournal(): Promise<Result<undefined>> {
    const opened = await this.#journal.ask('open', undefined);
    if (!opened.ok) return opened;
    if (opened.value === 'locked') return err(fault('store.unwritable', LOCKED, 'dataDir'));
    const { interrupted, tornBytes, damagedLines, place } = opened.value;
    this.#isJournalOpen = true;
    if (interrupted > 0) this.#log.warn({ calls: interrupted }, 'calls were interrupted when the server stopped');
    if (tornBytes > 0) this.#log.warn({ bytes: tornBytes }, 'the end of the journal was torn, and never acknowledged');
    if (damagedLines > 0) this.#log.error({ lines: damagedLines }, 'lines of the journal are damaged');
    this.#feed.journaled(place);
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
    const records = items.filter(({ kind }) => kind === 'keep' || kind === 'amend');
    this.#waiting.durable(
      records.map(({ key }) => key),
      number,
    );
    this.#feed.journaled(place);
  }

  /** Something can no longer be written, or can again: gaps open and close. */
  #assess(what: 'journal' | 'database', why: Fault | undefined): void {
    const before = this.#faults.get(what);
    if (why === undefined) this.#faults.delete(what);
    else this.#faults.set(what, why.code);
    if (why !== undefined && before !== why.code) this.#log.error({ ...faultFields(why), what }, 'store failed');
    if (why === undefined && before !== undefined) this.#log.info({ what }, 'store works again');
    if (why !== undefined) this.#gaps.open(why.code, now());
    const isOver = (code: ErrorCode): boolean => ![...this.#faults.values()].includes(code);
    if (before !== undefined && isOver(before)) this.#gaps.close(before, now());
    // What could not be opened at the start had no fault of its own here.
    if (why === undefined && what === 'journal' && isOver('store.unwritable'))
      this.#gaps.close('store.unwritable', now());
  }

  async close(): Promise<void> {
    clearTimeout(this.#shedTimer);
    this.#gaps.close('store.shed', now());
    await this.#queue.drained(CLOSE_MS);
    await this.#feed.close(CLOSE_MS);
    const isDone = this.#feed.isCaughtUp && this.#queue.isEmpty;
    this.#queue.close();
    await Promise.all([
      this.#journal.ask('close', { isDone }, CLOSE_MS),
      this.#writer.ask('close', undefined, CLOSE_MS),
      this.#reader.ask('close', undefined, CLOSE_MS),
    ]);
    await Promise.all([this.#journal.close(), this.#writer.close(), this.#reader.close()]);
  }
}
