import type { CallRecord } from '@earshot/telemetry';
import { type Insertable, type Kysely, sql, type Transaction } from 'kysely';
import { factsOf } from '../facts.js';
import type { JournalGap } from '../journal/files.js';
import type { LineKind } from '../journal/line.js';
import type { CallBrowsersTable, CallsTable, Tables } from './schema.js';

/** What of a journal line is of interest here. */
export interface RecordLine {
  readonly kind: LineKind;
  readonly json: string;
}

/** PostgreSQL takes no NUL in a text, and neither takes half a character. */
const clean = <Text extends string | null>(text: Text): Text =>
  (text === null ? null : text.replaceAll('\0', '').replace(/[\ud800-\udfff]/gu, '\ufffd')) as Text;

/** SQLite takes 32,766 values in a statement; more rows than this make it no quicker. */
const ROWS = 200;

interface Row {
  readonly record: CallRecord;
  readonly json: string;
}

/** The newest of each call. One that is no longer provisional is newer than one that is. */
function newestOf(lines: readonly RecordLine[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const { kind, json } of lines) {
    if (kind !== 'keep' && kind !== 'amend') continue;
    const record = JSON.parse(json) as CallRecord;
    const known = rows.get(record.key);
    if (known === undefined || known.record.provisional || !record.provisional) rows.set(record.key, { record, json });
  }
  return [...rows.values()];
}

function callRow({ record }: Row): Insertable<CallsTable> {
  const facts = factsOf(record);
  return {
    key: clean(record.key),
    call_id: clean(record.callId),
    started_at: Math.round(record.startedAt),
    provisional: Number(record.provisional),
    answered: Number(facts.answered),
    failed: Number(facts.failed),
    degraded: Number(facts.degraded),
    without_audio: Number(facts.withoutAudio),
    mos: facts.mos,
    from_party: clean(facts.fromParty),
    to_party: clean(facts.toParty),
    parties: clean(facts.parties),
    trunk: clean(facts.trunk),
    result: clean(facts.result),
    cause: facts.cause,
    weight: facts.weight,
  };
}

function browserRows(call: number, { record }: Row): Insertable<CallBrowsersTable>[] {
  const { browsers, failed, degraded, withoutAudio, mos } = factsOf(record);
  return browsers.map((one, index) => {
    const earlier = browsers.slice(0, index);
    return {
      call,
      leg: one.leg,
      started_at: Math.round(record.startedAt),
      browser: clean(one.browser),
      browser_version: clean(one.browserVersion),
      network: clean(one.network),
      same_version: Number(earlier.some((other) => other.browserVersion === one.browserVersion)),
      same_network: Number(earlier.some((other) => other.network === one.network)),
      failed: Number(failed),
      degraded: Number(degraded),
      without_audio: Number(withoutAudio),
      mos,
    };
  });
}

const UPDATED = [
  ...['provisional', 'answered', 'failed', 'degraded', 'without_audio', 'mos'],
  ...['from_party', 'to_party', 'parties', 'trunk', 'result', 'cause', 'weight'],
] as const;

async function upsertCalls(transaction: Transaction<Tables>, rows: readonly Row[]): Promise<void> {
  const byKey = new Map(rows.map((row) => [clean(row.record.key), row]));
  const written = await transaction
    .insertInto('calls')
    .values(rows.map(callRow))
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet((eb) => Object.fromEntries(UPDATED.map((name) => [name, eb.ref(`excluded.${name as 'mos'}`)])))
        // A record of the past that is read from the journal again must not hide what was added to it.
        .where((eb) => eb.or([eb('calls.provisional', '=', 1), eb('excluded.provisional', '=', 0)])),
    )
    .returning(['id', 'key'])
    .execute();
  const found = written.flatMap(({ id, key }) => {
    const row = byKey.get(key);
    return row === undefined ? [] : [{ id, row }];
  });
  if (found.length === 0) return;
  await transaction
    .insertInto('records')
    .values(found.map(({ id, row }) => ({ call: id, record: row.json })))
    .onConflict((conflict) => conflict.column('call').doUpdateSet((eb) => ({ record: eb.ref('excluded.record') })))
    .execute();
  const ids = found.map(({ id }) => id);
  await transaction.deleteFrom('call_browsers').where('call', 'in', ids).execute();
  const browsers = found.flatMap(({ id, row }) => browserRows(id, row));
  if (browsers.length > 0) await transaction.insertInto('call_browsers').values(browsers).execute();
}

async function upsertGaps(transaction: Transaction<Tables>, lines: readonly RecordLine[]): Promise<void> {
  const gaps = new Map<string, JournalGap>();
  for (const { kind, json } of lines) {
    if (kind !== 'gap') continue;
    const gap = JSON.parse(json) as JournalGap;
    gaps.set(gap.id, gap);
  }
  for (const gap of gaps.values()) {
    await transaction
      .insertInto('gaps')
      .values({
        id: gap.id,
        started_at: gap.from,
        ended_at: gap.until ?? null,
        code: gap.code,
        lost_records: gap.lostRecords,
        lost_events: gap.lostEvents,
        lost_samples: gap.lostSamples,
      })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((eb) => ({
          ended_at: sql<number | null>`coalesce(${eb.ref('excluded.ended_at')}, ${eb.ref('gaps.ended_at')})`,
          lost_records: eb.ref('excluded.lost_records'),
          lost_events: eb.ref('excluded.lost_events'),
          lost_samples: eb.ref('excluded.lost_samples'),
        })),
      )
      .execute();
  }
}

/** Writes what journal lines say, all or nothing. Lines that were written before change nothing. */
export async function writeLines(database: Kysely<Tables>, lines: readonly RecordLine[]): Promise<void> {
  const rows = newestOf(lines);
  const hasGaps = lines.some(({ kind }) => kind === 'gap');
  if (rows.length === 0 && !hasGaps) return;
  await database.transaction().execute(async (transaction) => {
    for (let index = 0; index < rows.length; index += ROWS) {
      await upsertCalls(transaction, rows.slice(index, index + ROWS));
    }
    if (hasGaps) await upsertGaps(transaction, lines);
  });
}
