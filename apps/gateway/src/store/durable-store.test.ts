import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DurableStore, type StoreOptions } from './durable-store.js';
import { expectEvidence, expectOneOfEach, expectSameAsMemory } from './testing/contract.js';
import { InProcessThreads } from './testing/in-process.js';
import { callIdOf, part, record } from './testing/records.js';

let folder: string;
const open: DurableStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-store-'));
});

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const options = (): StoreOptions => ({
  dataDir: folder,
  recordDays: 3650,
  evidenceDays: 3650,
  log: pino({ level: 'silent' }),
});

async function openStore(threads = new InProcessThreads()): Promise<DurableStore> {
  const opened = await DurableStore.open(options(), threads.start);
  if (!opened.ok) throw new Error(opened.error.code);
  open.push(opened.value);
  return opened.value;
}

it('finds a call that was kept, with its evidence in order of time', async () => {
  const store = await openStore();
  const call = record(1);
  store.begin({ ...call, result: 'unfinished' });
  store.append(part(call, [1, 5], [4]));
  expect(await store.keep(call)).toEqual({ ok: true, value: undefined });
  store.append(part(call, [3], [2, 6]));
  for (const id of [call.key, call.callId]) {
    const found = await store.find(id);
    expect(found?.record).toEqual(call);
    expect(found?.timeline?.entries.map(({ at }) => at)).toEqual([1, 3, 5]);
    expect(found?.timeline?.samples.map(({ at }) => at)).toEqual([2, 4, 6]);
  }
  expect((await store.search({})).calls).toEqual([call]);
  expect(await store.find(callIdOf(2))).toBeUndefined();
});

it('has the same after a regular stop', async () => {
  const call = record(1);
  const before = await openStore();
  await before.keep(call);
  before.append(part(call, [1, 2], [3]));
  await open.pop()?.close();
  const store = await openStore();
  const found = await store.find(call.key);
  expect(found?.record).toEqual(call);
  expect(found?.timeline?.entries).toHaveLength(2);
  expect(found?.timeline?.samples).toHaveLength(1);
  expect(store.figures().recordsWaiting).toBe(0);
});

it('says the same of calls as memory does', async () => {
  await expectSameAsMemory(await openStore());
});

it('has one record of each call, in its newest form', async () => {
  await expectOneOfEach(await openStore());
});

it('gives evidence back whole and in order', async () => {
  await expectEvidence(await openStore());
});
