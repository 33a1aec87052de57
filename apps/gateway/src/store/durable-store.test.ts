import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { err, fault, ok } from '@earshot/base';
import type { CallRecord } from '@earshot/telemetry';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writerService } from './database/writer-service.js';
import { DurableStore, type StoreOptions } from './durable-store.js';
import { allStored, expectEvidence, expectOneOfEach, expectSameAsMemory } from './testing/contract.js';
import { InProcessThreads } from './testing/in-process.js';
import { callIdOf, part, record } from './testing/records.js';
import type { ThreadRequest } from './thread.js';

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
  await allStored(store);
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

it('lets no second server into the same folder', async () => {
  await openStore();
  const opened = await DurableStore.open(options(), new InProcessThreads().start);
  expect(opened).toMatchObject({ ok: false, error: { code: 'store.unwritable', detail: 'another process uses it' } });
});

it('holds records in the journal and evidence in memory while the database fails, and names the gap', async () => {
  const threads = new InProcessThreads();
  const store = await openStore(threads);
  const full = async ({ id }: ThreadRequest) => ({
    id,
    result: err(fault('store.unwritable', 'SQLITE_FULL', 'sqlite')),
  });
  threads.of('writer').intercept = full;
  const calls = [record(1), record(2)];
  for (const call of calls) {
    expect(await store.keep(call)).toEqual({ ok: true, value: undefined });
    store.append(part(call, [1], [2, 3]));
  }
  await vi.waitFor(() => expect(store.figures().fault?.detail).toBe('SQLITE_FULL'));
  expect(store.figures()).toMatchObject({ recordsWaiting: 2, eventsWaiting: 2, samplesWaiting: 4, recordsKept: 2 });
  expect((await store.find(record(1).key))?.timeline?.samples).toHaveLength(2);
  threads.of('writer').intercept = undefined;
  await vi.waitFor(() => expect(store.figures().samplesKept).toBe(4), { timeout: 5000 });
  expect(store.figures()).toMatchObject({ recordsWaiting: 0, eventsWaiting: 0, samplesShed: 0 });
  expect((await store.search({})).calls).toHaveLength(2);
  const gaps = await store.gaps(0, Number.MAX_SAFE_INTEGER);
  expect(gaps).toEqual([
    expect.objectContaining({ code: 'store.unwritable', lostRecords: 0, until: expect.any(Number) }),
  ]);
  // It is told to those who ask later, too.
  await open.pop()?.close();
  expect(await (await openStore()).gaps(0, Number.MAX_SAFE_INTEGER)).toEqual(gaps);
});

it('throws away evidence rather than memory, and says so', async () => {
  const threads = new InProcessThreads();
  const opened = await DurableStore.open(options(), threads.start, { journalQueue: 1_000_000, spool: 20_000 });
  if (!opened.ok) throw new Error(opened.error.code);
  open.push(opened.value);
  const store = opened.value;
  const call = record(1);
  await store.keep(call);
  for (let at = 0; at < 10_000; at += 100) store.append(part(call, [at], [at + 1, at + 2, at + 3]));
  const { eventsShed, samplesShed } = store.figures();
  expect(samplesShed).toBeGreaterThan(0);
  const found = await store.find(call.key);
  expect(found?.timeline).toMatchObject({ omittedSamples: samplesShed });
  expect(found?.timeline?.entries).toHaveLength(100 - eventsShed);
  await open.pop()?.close();
  const [gap] = await (await openStore()).gaps(0, Number.MAX_SAFE_INTEGER);
  expect(gap).toMatchObject({ code: 'store.shed', lostRecords: 0, lostEvents: eventsShed, lostSamples: samplesShed });
});

it('sets aside what the database refuses, and goes on with the rest', async () => {
  const threads = new InProcessThreads();
  const store = await openStore(threads);
  // No gateway makes such a record: a bug would.
  const broken = { ...record(2), result: undefined } as unknown as CallRecord;
  await Promise.all([store.keep(record(1)), store.keep(broken), store.keep(record(3))]);
  await allStored(store);
  expect((await store.search({})).calls).toEqual([record(3), record(1)]);
  expect(readFileSync(join(folder, 'journal', 'refused.log'), 'utf8')).toContain(broken.key);
});

it('forgets what is too old, in small steps', async () => {
  const day = 86_400_000;
  const now = Date.now();
  const store = await openStore();
  const ages = [1, 40, 400];
  const calls = ages.map((age, number) => record(number, { startedAt: now - age * day }));
  for (const call of calls) await store.keep(call);
  store.append(part(record(0, { startedAt: now - day }), [1]));
  await open.pop()?.close();

  const writer = writerService({ dataDir: folder });
  const sweep = { recordsBefore: now - 365 * day, evidenceBefore: now + day };
  expect(await writer.sweep(sweep)).toEqual(ok(false));
  await writer.close(undefined);
  const after = await openStore();
  expect((await after.search({})).calls).toEqual(calls.slice(0, 2));
  expect((await after.find(calls[0]?.key ?? ''))?.timeline).toBeUndefined();
  expect((await after.overview(0, now)).byBrowser).toMatchObject([{ name: 'Chromium 156', calls: 2 }]);
});

it('logs nothing of what it keeps', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const threads = new InProcessThreads();
  const opened = await DurableStore.open({ ...options(), log }, threads.start);
  if (!opened.ok) throw new Error(opened.error.code);
  threads.of('writer').intercept = async ({ id }) => ({ id, result: err(fault('store.unwritable', 'SQLITE_FULL')) });
  await opened.value.keep(record(1));
  opened.value.append(part(record(1), [1]));
  await vi.waitFor(() => expect(lines.join('')).toContain('SQLITE_FULL'));
  await opened.value.close();
  expect(lines.join('')).not.toMatch(/Alice|4930|198\.51/);
});
