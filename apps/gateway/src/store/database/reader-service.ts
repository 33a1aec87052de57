import { err, type Millis, ok, type Result } from '@earshot/base';
import type { CallPage, CallQuery, Overview } from '@earshot/telemetry';
import type { Kysely } from 'kysely';
import type { JournalGap } from '../journal/files.js';
import type { Handlers } from '../thread.js';
import type { StoredCall } from '../types.js';
import { connect, type DatabasePlace, kindOf } from './connect.js';
import { databaseFault } from './faults.js';
import { type FindInput, findCall } from './find.js';
import { gapsBetween, overviewOf } from './overview.js';
import type { Tables } from './schema.js';
import { searchCalls } from './search.js';

export interface Span {
  readonly from: Millis;
  readonly until: Millis;
}

/** Faults of all: store.unreachable, store.unwritable. */
export type ReaderOperations = {
  find: readonly [input: FindInput, output: StoredCall | undefined];
  search: readonly [input: CallQuery, output: CallPage];
  overview: readonly [input: Span, output: Omit<Overview, 'gaps'>];
  gaps: readonly [input: Span, output: readonly JournalGap[]];
  close: readonly [input: undefined, output: undefined];
};

/** What the thread that reads from the database answers. */
export function readerService(place: DatabasePlace): Handlers<ReaderOperations> {
  const kind = kindOf(place);
  let database: Kysely<Tables> | undefined;

  async function close(): Promise<void> {
    const open = database;
    database = undefined;
    await open?.destroy();
  }

  async function using<Value>(act: (database: Kysely<Tables>) => Promise<Value>): Promise<Result<Value>> {
    try {
      database ??= connect(place, 'read');
      return ok(await act(database));
    } catch (error) {
      if (kind === 'sqlite') await close().catch(() => {});
      return err(databaseFault(error, kind));
    }
  }

  return {
    find: (input) => using((open) => findCall(open, input)),
    search: (query) => using((open) => searchCalls(open, kind, query)),
    overview: ({ from, until }) => using((open) => overviewOf(open, from, until)),
    gaps: ({ from, until }) => using((open) => gapsBetween(open, from, until)),
    close: async () => {
      await close();
      return ok(undefined);
    },
  };
}
