import type { Millis } from '@earshot/base';
import type { Overview, StoreGap } from '@earshot/telemetry';
import { type Kysely, sql } from 'kysely';
import { OverviewGatherer, stepLength, type Tally } from '../summary.js';
import type { Tables } from './schema.js';

interface Counts {
  readonly calls: number;
  readonly failed: number | null;
  readonly degraded: number | null;
  readonly answered: number | null;
  readonly without_audio: number | null;
  readonly mos_sum: number | null;
  readonly mos_count: number;
}

const tally = (counts: Counts): Tally => ({
  calls: counts.calls,
  failed: counts.failed ?? 0,
  degraded: counts.degraded ?? 0,
  answered: counts.answered ?? 0,
  withoutAudio: counts.without_audio ?? 0,
  mosSum: counts.mos_sum ?? 0,
  mosCount: counts.mos_count,
});

const COUNTED = sql.raw(
  'count(*) as calls, sum(failed) as failed, sum(degraded) as degraded, sum(without_audio) as without_audio, ' +
    'sum(mos) as mos_sum, count(mos) as mos_count',
);

const IN_A_STEP = sql.raw('sum(answered) as answered');
const NOT_ASKED = sql.raw('0 as answered');

/** One range of an index for each step: nothing has to be sorted into groups. */
async function stepsOf(
  database: Kysely<Tables>,
  from: Millis,
  until: Millis,
): Promise<readonly (Counts & { step: number })[]> {
  const length = stepLength(from, until);
  const steps = Array.from({ length: Math.max(0, Math.ceil((until - from) / length)) }, (_, step) => {
    const at = from + step * length;
    const end = Math.min(until, at + length);
    return sql`select ${sql.lit(step)} as step, ${IN_A_STEP}, ${COUNTED} from calls
      where started_at >= ${at} and started_at < ${end}`;
  });
  if (steps.length === 0) return [];
  const { rows } = await sql<Counts & { step: number }>`${sql.join(steps, sql` union all `)}`.execute(database);
  return rows;
}

/** Beyond this share of all time, everything is read in the order in which it is grouped, rather than sorted into groups. */
const LONG = 1 / 8;

async function isLong(database: Kysely<Tables>, from: Millis, until: Millis): Promise<boolean> {
  const { rows } = await sql<{ readonly oldest: number | null; readonly newest: number | null }>`
    select (select min(started_at) from calls) as oldest, (select max(started_at) from calls) as newest`.execute(
    database,
  );
  const { oldest, newest } = rows[0] ?? { oldest: null, newest: null };
  return until - from > LONG * ((newest ?? 0) - (oldest ?? 0));
}

/** Where calls fail. Each part is one walk through an index that holds all it needs. */
export async function overviewOf(
  database: Kysely<Tables>,
  from: Millis,
  until: Millis,
): Promise<Omit<Overview, 'gaps'>> {
  const gatherer = new OverviewGatherer(from, until);
  // A plus keeps SQLite from the index of times, which is the wrong one for a long time.
  const time = (await isLong(database, from, until)) ? sql`+started_at` : sql`started_at`;
  const grouped = async (table: 'calls' | 'call_browsers', column: string, only: string) => {
    const name = sql.ref(column);
    const { rows } = await sql<Counts & { readonly name: string }>`
      select ${name} as name, ${NOT_ASKED}, ${COUNTED} from ${sql.table(table)}
      where ${name} is not null and ${sql.raw(only)} and ${time} >= ${from} and ${time} < ${until}
      group by ${name}`.execute(database);
    return rows;
  };
  const [steps, causes, trunks, versions, networks] = await Promise.all([
    stepsOf(database, from, until),
    grouped('calls', 'cause', '1 = 1'),
    grouped('calls', 'trunk', '1 = 1'),
    grouped('call_browsers', 'browser_version', 'same_version = 0'),
    grouped('call_browsers', 'network', 'same_network = 0'),
  ]);
  for (const row of steps) gatherer.addStep(row.step, tally(row));
  for (const row of causes) gatherer.addCause(row.name, tally(row));
  for (const row of trunks) gatherer.addTrunk(row.name, tally(row));
  for (const row of versions) gatherer.addBrowser(row.name, tally(row));
  for (const row of networks) gatherer.addNetwork(row.name, tally(row));
  return gatherer.overview();
}

/** That touch this time, the oldest first. */
export async function gapsBetween(
  database: Kysely<Tables>,
  from: Millis,
  until: Millis,
): Promise<readonly (StoreGap & { readonly id: string })[]> {
  const rows = await database
    .selectFrom('gaps')
    .selectAll()
    .where('started_at', '<', until)
    .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>=', from)]))
    .orderBy('started_at', 'desc')
    .limit(MOST_GAPS)
    .execute();
  return rows.reverse().map((row) => ({
    id: row.id,
    from: row.started_at,
    ...(row.ended_at === null ? {} : { until: row.ended_at }),
    code: row.code as StoreGap['code'],
    lostRecords: row.lost_records,
    lostEvents: row.lost_events,
    lostSamples: row.lost_samples,
  }));
}

/** The newest of them are of use, if there are so many. */
const MOST_GAPS = 1000;
