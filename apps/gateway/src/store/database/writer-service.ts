import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '@earshot/base';
import { type Kysely, sql } from 'kysely';
import { now } from '../../clock.js';
import type { EvidenceRow } from '../evidence-row.js';
import {
  type JournalPlace,
  listSegments,
  type ReadLines,
  readLines,
  removeSegment,
  segmentSize,
} from '../journal/segments.js';
import { journalFolder } from '../journal/service.js';
import type { Handlers } from '../thread.js';
import { connect, type DatabasePlace, kindOf } from './connect.js';
import { databaseFault, isRefusal } from './faults.js';
import { migrate } from './migrate.js';
import { type SweepInput, sweep } from './retention.js';
import type { Tables } from './schema.js';
import { writeEvidence } from './write-evidence.js';
import { type RecordLine, writeLines } from './write-records.js';

export interface ConsumeInput {
  /** What was read last; the oldest segment there is, where that is gone. */
  readonly from: JournalPlace;
  /** What is durable. */
  readonly to: JournalPlace;
}

export interface Consumed {
  readonly place: JournalPlace;
  /** Of the last line that is in the database now; 0: none was read. */
  readonly number: number;
  /** Records that the database will never take, as it says. */
  readonly refused: number;
  /** Lines that do not agree with their checksum. */
  readonly damaged: number;
}

/** Faults of all: store.unreachable, store.unwritable, store.incompatible. */
export type WriterOperations = {
  /** Connects and brings the tables up to date. Every other operation does so, too. */
  open: readonly [input: undefined, output: undefined];
  /** Writes some of the journal into the database, and removes segments that are through. */
  consume: readonly [input: ConsumeInput, output: Consumed];
  /** Writes records that the journal could not take. Gives the number of those that were refused. */
  records: readonly [input: readonly RecordLine[], output: number];
  /** Gives the number of parts that were refused. */
  evidence: readonly [input: readonly EvidenceRow[], output: number];
  sweep: readonly [input: SweepInput, output: boolean];
  /** Has the database look at what it holds, so that it finds its way later. */
  analyze: readonly [input: undefined, output: undefined];
  close: readonly [input: undefined, output: undefined];
};

/** Writes all at once, or one after the other where the database refuses one of them. Gives the refused. */
async function writeEach<Item>(
  items: readonly Item[],
  write: (items: readonly Item[]) => Promise<void>,
  isRefused: (error: unknown) => boolean,
): Promise<readonly Item[]> {
  try {
    await write(items);
    return [];
  } catch (error) {
    if (!isRefused(error)) throw error;
    if (items.length === 1) return items;
  }
  const refused: Item[] = [];
  for (const item of items) refused.push(...(await writeEach([item], write, isRefused)));
  return refused;
}

/** What the thread that writes into the database answers. */
export function writerService(place: DatabasePlace): Handlers<WriterOperations> {
  const kind = kindOf(place);
  const folder = journalFolder(place.dataDir);
  let database: Promise<Result<Kysely<Tables>>> | undefined;

  async function start(): Promise<Result<Kysely<Tables>>> {
    const fresh = connect(place, 'write');
    const migrated = await migrate(fresh, kind);
    if (!migrated.ok) {
      await fresh.destroy();
      return migrated;
    }
    // What leaves the journal must be on the disk, not only with the system.
    if (kind === 'sqlite') await sql`pragma synchronous = full`.execute(fresh);
    return ok(fresh);
  }

  async function close(): Promise<void> {
    const opening = database;
    database = undefined;
    const opened = await opening?.catch(() => undefined);
    if (opened?.ok) await opened.value.destroy();
  }

  /** PostgreSQL looks by itself at what its tables hold; SQLite has to be told to. */
  async function analyze(open: Kysely<Tables>): Promise<undefined> {
    if (kind === 'postgres') return undefined;
    await sql`pragma analysis_limit = 400`.execute(open);
    await sql`pragma optimize`.execute(open);
    return undefined;
  }

  async function using<Value>(act: (database: Kysely<Tables>) => Promise<Value>): Promise<Result<Value>> {
    try {
      database ??= start();
      const opened = await database;
      if (opened.ok) return ok(await act(opened.value));
      database = undefined;
      return opened;
    } catch (error) {
      // A file that was full, or is another one by now, is opened anew; pg looks after its connections.
      if (kind === 'sqlite') await close().catch(() => {});
      return err(databaseFault(error, kind));
    }
  }

  const isRefused = (error: unknown): boolean => isRefusal(error, kind);

  /** What the database refuses, which would be a bug, is set aside: no record is lost. */
  async function writeRecords(open: Kysely<Tables>, lines: readonly RecordLine[]): Promise<number> {
    const refused = await writeEach(lines, (some) => writeLines(open, some), isRefused);
    if (refused.length > 0) {
      appendFileSync(join(folder, 'refused.log'), refused.map(({ kind, json }) => `${kind} ${json}\n`).join(''));
    }
    return refused.length;
  }

  async function consume(open: Kysely<Tables>, { from, to }: ConsumeInput): Promise<Consumed> {
    const segment = listSegments(folder).find((one) => one >= from.segment) ?? to.segment;
    if (segment > to.segment) return { place: to, number: 0, refused: 0, damaged: 0 };
    const offset = segment === from.segment ? from.offset : 0;
    const end = segment === to.segment ? to.offset : segmentSize(folder, segment);
    const read: ReadLines = readLines(folder, segment, offset, end);
    const refused = await writeRecords(open, read.lines);
    const number = read.lines.at(-1)?.number ?? 0;
    // Behind the last whole line there is nothing but what was never acknowledged.
    const isThrough = read.offset >= end || read.offset === offset;
    if (!isThrough || segment === to.segment) {
      const place = { segment, offset: isThrough ? end : read.offset };
      return { place, number, refused, damaged: read.damaged };
    }
    removeSegment(folder, segment);
    return { place: { segment: segment + 1, offset: 0 }, number, refused, damaged: read.damaged };
  }

  return {
    open: () => using(async () => undefined),
    consume: (input) => using((open) => consume(open, input)),
    records: (lines) => using((open) => writeRecords(open, lines)),
    evidence: (rows) =>
      using(async (open) => (await writeEach(rows, (some) => writeEvidence(open, some, now()), isRefused)).length),
    sweep: (input) => using((open) => sweep(open, kind, input)),
    analyze: () => using(analyze),
    close: async () => {
      if (database !== undefined) await using(analyze);
      await close();
      return ok(undefined);
    },
  };
}
