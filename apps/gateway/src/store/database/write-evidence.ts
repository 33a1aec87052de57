import type { Millis } from '@earshot/base';
import type { Kysely } from 'kysely';
import { type EvidenceRow, packEvidence } from '../evidence-row.js';
import type { Tables } from './schema.js';

const ROWS = 500;

/** Writes parts, all or nothing. Those that were written before change nothing. */
export async function writeEvidence(
  database: Kysely<Tables>,
  parts: readonly EvidenceRow[],
  storedAt: Millis,
): Promise<void> {
  const rows = parts.map((row) => ({
    key: row.key,
    part: row.part,
    stored_at: storedAt,
    shed_events: row.shedEvents,
    shed_samples: row.shedSamples,
    data: packEvidence(row),
  }));
  await database.transaction().execute(async (transaction) => {
    for (let index = 0; index < rows.length; index += ROWS) {
      await transaction
        .insertInto('evidence')
        .values(rows.slice(index, index + ROWS))
        .onConflict((conflict) => conflict.columns(['key', 'part']).doNothing())
        .execute();
    }
  });
}
