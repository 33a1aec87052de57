import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DurableStore } from '../../apps/gateway/dist/store/durable-store.js';
import {
  allStored,
  expectEvidence,
  expectOneOfEach,
  expectSameAsMemory,
} from '../../apps/gateway/src/store/testing/contract.js';
import { part, record } from '../../apps/gateway/src/store/testing/records.js';
import { lacks } from '../harness/peers.js';
import { type Postgres, startPostgres } from '../harness/postgres.js';
import { type TemporaryFolder, temporaryFolder, until } from '../harness/process.js';

// The store in a real PostgreSQL, with its threads as built.

const ENTRY = new URL('../../apps/gateway/dist/store/worker-entry.js', import.meta.url);
const NOW = Date.now();

describe.skipIf(lacks('postgres', 'initdb'))('the store in PostgreSQL', () => {
  let postgres: Postgres;
  const stores: DurableStore[] = [];
  const folders: TemporaryFolder[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    for (const { path } of folders.splice(0)) rmSync(path, { recursive: true });
  });

  afterAll(() => postgres.stop());

  const open = (url: string, dataDir: string) =>
    DurableStore.open(
      { dataDir, url, recordDays: 3650, evidenceDays: 3650, log: pino({ level: 'silent' }) },
      (settings) => new Worker(ENTRY, { workerData: settings, execArgv: [] }),
    );

  const folder = (): string => {
    const fresh = temporaryFolder('store');
    folders.push(fresh);
    return fresh.path;
  };

  async function start(url: string, dataDir = folder()): Promise<DurableStore> {
    const opened = await open(url, dataDir);
    if (!opened.ok) throw new Error(JSON.stringify(opened.error));
    stores.push(opened.value);
    return opened.value;
  }

  it('says the same of calls as memory does', async () => {
    await expectSameAsMemory(await start(await postgres.database()));
  });

  it('has one record of each call, in its newest form', async () => {
    await expectOneOfEach(await start(await postgres.database()));
  });

  it('gives evidence back whole and in order', async () => {
    await expectEvidence(await start(await postgres.database()));
  });

  it('is made by two servers that start at once', async () => {
    const url = await postgres.database();
    const [one, other] = await Promise.all([start(url), start(url)]);
    await one.keep(record(1));
    await other.keep(record(2));
    await until('both calls', async () => ((await one.search({})).calls.length === 2 ? true : undefined));
    expect((await other.search({})).calls).toHaveLength(2);
  });

  it('keeps calls while the database is gone, and names the gap', async () => {
    const url = await postgres.database();
    const store = await start(url);
    await store.keep(record(1));
    await allStored(store);
    await postgres.kill();
    const calls = Array.from({ length: 50 }, (_, index) => record(2 + index, { startedAt: NOW + index }));
    for (const call of calls) {
      expect(await store.keep(call)).toEqual({ ok: true, value: undefined });
      store.append(part(call, [call.startedAt], [call.startedAt]));
    }
    await until('the fault', () => (store.figures().fault?.code === 'store.unreachable' ? true : undefined));
    expect(store.figures().recordsWaiting).toBe(50);
    // What is at hand is answered from memory meanwhile.
    expect((await store.search({})).calls.map(({ key }) => key)).toEqual(calls.map(({ key }) => key).reverse());
    expect((await store.find(calls[0]?.key ?? ''))?.timeline?.samples).toHaveLength(1);

    await postgres.start();
    await until('the end of the fault', () => (store.figures().fault === undefined ? true : undefined));
    await until('all evidence', () => (store.figures().samplesKept === 50 ? true : undefined));
    expect((await store.search({})).calls).toHaveLength(50);
    const [gap, ...others] = await store.gaps(0, Number.MAX_SAFE_INTEGER);
    expect(others).toEqual([]);
    expect(gap).toMatchObject({ code: 'store.unreachable', lostRecords: 0, lostEvents: 0, lostSamples: 0 });
    expect(gap?.until).toBeGreaterThan(gap?.from ?? Number.POSITIVE_INFINITY);
  });

  it('starts while the database is gone, and takes up what an earlier server left', async () => {
    const url = await postgres.database();
    const dataDir = folder();
    await (await start(url, dataDir)).close();
    await postgres.kill();
    const before = await start(url, dataDir);
    await before.keep(record(1));
    await before.close();
    const store = await start(url, dataDir);
    expect(store.figures().fault?.code).toBe('store.unreachable');
    await postgres.start();
    await until('the record', async () => ((await store.find(record(1).key)) === undefined ? undefined : true));
    expect((await store.search({})).calls).toEqual([record(1)]);
  });

  it('leaves a database of a newer version alone', async () => {
    const url = await postgres.database();
    await (await start(url)).close();
    postgres.query(url, "insert into earshot_migration values ('9999-of-tomorrow', '2099-01-01')");
    const opened = await open(url, folder());
    expect(opened.ok ? 'opened' : opened.error.code).toBe('store.incompatible');
  });
});
