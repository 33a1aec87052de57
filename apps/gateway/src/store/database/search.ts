import type { CallPage, CallQuery, CallRecord } from '@earshot/telemetry';
import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { pageLimit, parsePlace, printPlace, searchText } from '../facts.js';
import type { DatabaseKind, Tables } from './schema.js';

type Calls = ExpressionBuilder<Tables, 'calls'>;

/** Behind every text that begins with the one before it, byte by byte. */
const behind = (text: string): string => `${text}\u{10ffff}`;

function byCause(eb: Calls, cause: string): Expression<SqlBool> {
  if (cause === 'none') return eb('cause', 'is', null);
  if (!cause.endsWith('.')) return eb('cause', '=', cause);
  return eb.and([eb('cause', '>=', cause), eb('cause', '<', behind(cause))]);
}

/**
 * A part of a name is looked for in all of them: 100,000 take some 15 ms in an index that has nothing else to read, and
 * the newest calls come first, so that a page is often full long before. Tables of suffixes or trigrams would be ten
 * times the size of what they index.
 */
function byText(eb: Calls, kind: DatabaseKind, text: string): Expression<SqlBool> {
  const parties = eb.ref('parties');
  const part = kind === 'postgres' ? sql<number>`strpos(${parties}, ${text})` : sql<number>`instr(${parties}, ${text})`;
  // Most of what is typed cannot be an id, and then no other column need be looked at.
  if (!/^[0-9a-f]+$/.test(text)) return eb(part, '>', 0);
  return eb.or([
    eb(part, '>', 0),
    eb(
      'id',
      'in',
      eb
        .selectFrom('calls as named')
        .select('named.id')
        .where('named.call_id', '>=', text)
        .where('named.call_id', '<', behind(text)),
    ),
  ]);
}

function byBrowser(eb: Calls, { browser, network, from, until }: CallQuery): Expression<SqlBool>[] {
  const having = (column: 'browser' | 'browser_version' | 'network', name: string): Expression<SqlBool> => {
    let calls = eb.selectFrom('call_browsers').select('call').where(column, '=', name);
    if (from !== undefined) calls = calls.where('call_browsers.started_at', '>=', from);
    if (until !== undefined) calls = calls.where('call_browsers.started_at', '<', until);
    return eb('id', 'in', calls);
  };
  return [
    // Names of browsers have no space; what follows one is a version.
    ...(browser === undefined ? [] : [having(browser.includes(' ') ? 'browser_version' : 'browser', browser)]),
    ...(network === undefined ? [] : [having('network', network)]),
  ];
}

function conditions(eb: Calls, kind: DatabaseKind, query: CallQuery): Expression<SqlBool>[] {
  const { user, cause, trunk, result, weight, from, until } = query;
  const text = searchText(query.text);
  const party = user?.toLowerCase();
  return [
    ...(from === undefined ? [] : [eb('started_at', '>=', from)]),
    ...(until === undefined ? [] : [eb('started_at', '<', until)]),
    ...(trunk === undefined ? [] : [eb('trunk', '=', trunk)]),
    ...(result === undefined ? [] : [eb('result', '=', result)]),
    ...(weight === undefined ? [] : [eb('weight', '=', weight)]),
    ...(party === undefined ? [] : [eb.or([eb('from_party', '=', party), eb('to_party', '=', party)])]),
    ...(cause === undefined ? [] : [byCause(eb, cause)]),
    ...(text === undefined ? [] : [byText(eb, kind, text)]),
    ...byBrowser(eb, query),
  ];
}

/** One page of calls, newest first, behind the place where the page before ended. */
export async function searchCalls(database: Kysely<Tables>, kind: DatabaseKind, query: CallQuery): Promise<CallPage> {
  const place = query.after === undefined ? undefined : parsePlace(query.after);
  if (query.after !== undefined && place === undefined) return { calls: [] };
  const limit = pageLimit(query);
  const page = database
    .selectFrom('calls')
    .select(['id', 'started_at', 'key'])
    .where((eb) => eb.and(conditions(eb, kind, query)))
    .$if(place !== undefined, (calls) =>
      calls
        // The first condition says nothing new; it is the one that an index can begin with.
        .where('started_at', '<=', place?.startedAt ?? 0)
        .where((eb) => eb.or([eb('started_at', '<', place?.startedAt ?? 0), eb('key', '<', place?.key ?? '')])),
    )
    .orderBy('started_at', 'desc')
    .orderBy('key', 'desc')
    .limit(limit + 1);
  const rows = await database
    .selectFrom(page.as('page'))
    .innerJoin('records', 'records.call', 'page.id')
    .select(['page.key', 'page.started_at', 'records.record'])
    .orderBy('page.started_at', 'desc')
    .orderBy('page.key', 'desc')
    .execute();
  const last = rows[limit - 1];
  return {
    calls: rows.slice(0, limit).map(({ record }) => JSON.parse(record) as CallRecord),
    ...(rows.length > limit && last !== undefined
      ? { next: printPlace({ startedAt: last.started_at, key: last.key }) }
      : {}),
  };
}
