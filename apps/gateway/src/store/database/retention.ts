import type { Millis } from '@earshot/base';
import { type Kysely, sql } from 'kysely';
import type { DatabaseKind, Tables } from './schema.js';

export interface SweepInput {
  /** What began, or was stored, before these times goes. */
  readonly recordsBefore: Millis;
  readonly evidenceBefore: Millis;
}

/** In one step, so that nothing waits for long. Rows of evidence are a hundred times the size of records. */
const CALLS = 200;
const PARTS = 100;
/** Pages that SQLite gives back in one step. */
const PAGES = 500;

/** Deletes a little of what is over. True: there is more. */
export async function sweep(
  database: Kysely<Tables>,
  kind: DatabaseKind,
  { recordsBefore, evidenceBefore }: SweepInput,
): Promise<boolean> {
  const calls = await database
    .selectFrom('calls')
    .select('id')
    .where('started_at', '<', recordsBefore)
    .orderBy('started_at')
    .limit(CALLS)
    .execute();
  // Parts are numbered in the order in which they were stored.
  const oldest = await database.selectFrom('evidence').select(['id', 'stored_at']).orderBy('id').limit(PARTS).execute();
  const parts = oldest.filter(({ stored_at }) => stored_at < evidenceBefore);
  if (calls.length + parts.length > 0) {
    await database.transaction().execute(async (transaction) => {
      const ids = calls.map(({ id }) => id);
      if (ids.length > 0) {
        await transaction.deleteFrom('call_browsers').where('call', 'in', ids).execute();
        await transaction.deleteFrom('records').where('call', 'in', ids).execute();
        await transaction.deleteFrom('calls').where('id', 'in', ids).execute();
      }
      if (parts.length > 0) {
        const last = parts.map(({ id }) => id);
        await transaction.deleteFrom('evidence').where('id', 'in', last).execute();
      }
      await transaction.deleteFrom('gaps').where('ended_at', '<', recordsBefore).execute();
    });
    if (kind === 'sqlite') await sql`pragma incremental_vacuum(${sql.lit(PAGES)})`.execute(database);
  }
  return calls.length === CALLS || parts.length === PARTS;
}
