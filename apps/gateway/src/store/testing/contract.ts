import { type CallQuery, type CallRecord, recordKey } from '@earshot/telemetry';
import { expect, vi } from 'vitest';
import { MemoryStore } from '../memory-store.js';
import type { CallStore } from '../types.js';
import { generateCalls } from './generate.js';
import { part, record } from './records.js';

const FROM = 1_760_000_000_000;
const HOUR = 3_600_000;
const UNTIL = FROM + 48 * HOUR;

const QUERIES: readonly CallQuery[] = [
  {},
  { limit: 7 },
  { text: '+49' },
  { text: 'ser1' },
  { text: 'USER29 ' },
  { text: '(030) 1' },
  { text: '3010' },
  { text: 'nobody%_' },
  { text: "o'hara \\ %" },
  { user: 'User3' },
  { user: 'user' },
  { cause: 'none' },
  { cause: 'sip.busy' },
  { cause: 'network.' },
  { browser: 'Chromium' },
  { browser: 'Firefox 153' },
  { network: '20.0.7.0/24' },
  { trunk: 'north', weight: 'fault' },
  { result: 'busy' },
  { weight: 'degraded', browser: 'Safari', from: FROM + HOUR },
  { from: FROM + 5 * HOUR, until: FROM + 6 * HOUR },
  { text: 'user', cause: 'network.loss', trunk: 'south', limit: 3 },
];

/** Odd ones: of one moment, with two browsers alike, with texts that databases do not like. */
function oddCalls(): readonly CallRecord[] {
  const browser = { name: 'Chromium', version: '156' };
  const network = '203.0.113.0/24';
  const calls = Array.from({ length: 12 }, (_, index) => record(index, { startedAt: FROM + HOUR }));
  return [
    ...calls,
    record(100, {
      startedAt: FROM + 2 * HOUR,
      callee: 'browser',
      from: "o'hara \\ %",
      to: 'nobody%_ \u0000 \ud800 \u{1f600}',
      browsers: [
        { leg: 'caller', browser, network },
        { leg: 'callee', browser, network },
      ],
    }),
    record(101, { startedAt: FROM + 3 * HOUR, browsers: [], quality: [], caller: 'sip' }),
  ];
}

async function pages(store: CallStore, query: CallQuery, most: number): Promise<readonly string[]> {
  const keys: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < most; page += 1) {
    const { calls, next } = await store.search({ ...query, ...(after === undefined ? {} : { after }) });
    keys.push(...calls.map(({ key }) => key));
    if (next === undefined) break;
    after = next;
  }
  return keys;
}

/** All that was kept is in the database. */
export const allStored = (store: CallStore): Promise<void> =>
  vi.waitFor(() => expect(store.figures().recordsWaiting).toBe(0), { timeout: 10_000 });

/** Whatever keeps calls must say the same of them as memory does. The store is empty before. */
export async function expectSameAsMemory(store: CallStore): Promise<void> {
  const memory = new MemoryStore();
  const calls = [...generateCalls(400, FROM, UNTIL, 7), ...oddCalls()];
  await Promise.all(calls.map((call) => Promise.all([store.keep(call), memory.keep(call)])));
  await allStored(store);
  for (const query of QUERIES) {
    expect(await pages(store, query, 30), JSON.stringify(query)).toEqual(await pages(memory, query, 30));
  }
  expect((await store.search({ limit: 500 })).calls).toEqual((await memory.search({ limit: 500 })).calls);
  expect(await store.search({ after: 'nowhere' })).toEqual({ calls: [] });
  for (const [from, until] of [
    [FROM, UNTIL],
    [FROM + 7 * HOUR + 13, FROM + 9 * HOUR + 1],
    [0, FROM],
  ] as const) {
    expect(await store.overview(from, until)).toEqual(await memory.overview(from, until));
  }
}

/** A record is one, however often it is written; its newest form counts. */
export async function expectOneOfEach(store: CallStore): Promise<void> {
  const call = record(1, { provisional: true });
  await store.keep(call);
  await allStored(store);
  store.amend({ ...call, provisional: false, trunk: 'north', browsers: [] });
  await store.keep(call);
  await allStored(store);
  expect((await store.search({})).calls).toEqual([{ ...call, provisional: false, trunk: 'north', browsers: [] }]);
  const { calls, byBrowser, byTrunk } = await store.overview(0, call.startedAt + 1);
  expect({ calls, byBrowser, trunks: byTrunk.map(({ name }) => name) }).toEqual({
    ...{ calls: 1, byBrowser: [], trunks: ['north'] },
  });
}

/** Evidence comes back whole and in order of time, also of an id that was used again. */
export async function expectEvidence(store: CallStore): Promise<void> {
  const first = record(1);
  const startedAt = first.startedAt + 5000;
  const again = record(1, { startedAt, key: recordKey(startedAt, first.callId) });
  await store.keep(first);
  await store.keep(again);
  for (let at = 0; at < 1000; at += 10) store.append(part(first, [at + 5, at], [at + 1, at + 7]));
  store.append(part(again, [1]));
  const found = await store.find(first.key);
  expect(found?.record).toEqual(first);
  expect(found?.timeline?.entries).toHaveLength(200);
  const times = found?.timeline?.samples.map(({ at }) => at) ?? [];
  expect(times).toHaveLength(200);
  expect(times).toEqual([...times].sort((one, other) => one - other));
  const newest = await store.find(first.callId);
  expect(newest?.record).toEqual(again);
  expect(newest?.timeline?.entries).toHaveLength(1);
}
