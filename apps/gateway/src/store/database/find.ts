import type { CallRecord } from '@earshot/telemetry';
import type { Kysely } from 'kysely';
import { assemble, type KeptPart } from '../assemble.js';
import { type EvidenceRow, partOf, unpackEvidence } from '../evidence-row.js';
import type { StoredCall } from '../types.js';
import type { Tables } from './schema.js';

export interface FindInput {
  /** A key, or a call id. */
  readonly id: string;
  /** The newest record of that id that is not in the database yet, and its evidence that is not. */
  readonly waiting?: { readonly record: CallRecord };
  readonly parts: readonly EvidenceRow[];
}

async function findRecord(database: Kysely<Tables>, id: string): Promise<CallRecord | undefined> {
  const found = await database
    .selectFrom('calls')
    .innerJoin('records', 'records.call', 'calls.id')
    .select(['records.record'])
    .where((eb) => eb.or([eb('calls.key', '=', id), eb('calls.call_id', '=', id)]))
    .orderBy('calls.started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return found === undefined ? undefined : (JSON.parse(found.record) as CallRecord);
}

const newer = (one: CallRecord | undefined, other: CallRecord | undefined): CallRecord | undefined =>
  one === undefined || (other !== undefined && other.startedAt >= one.startedAt) ? other : one;

/** A call with all that is known of it, wherever that is. */
export async function findCall(
  database: Kysely<Tables>,
  { id, waiting, parts }: FindInput,
): Promise<StoredCall | undefined> {
  const record = newer(await findRecord(database, id), waiting?.record);
  if (record === undefined) return undefined;
  const rows = await database
    .selectFrom('evidence')
    .select(['part', 'shed_events', 'shed_samples', 'data'])
    .where('key', '=', record.key)
    .orderBy('part')
    .execute();
  const lastPart = rows.at(-1)?.part ?? -1;
  const stored: KeptPart[] = rows.map((row) => ({
    // libsql gives an ArrayBuffer, pg a Buffer.
    ...unpackEvidence(new Uint8Array(row.data)),
    shedEvents: row.shed_events,
    shedSamples: row.shed_samples,
  }));
  // What was written while this was on its way is in both.
  const missing = parts.filter(({ key, part }) => key === record.key && part > lastPart).map(partOf);
  const timeline = assemble([...stored, ...missing]);
  return { record, ...(timeline === undefined ? {} : { timeline }) };
}
