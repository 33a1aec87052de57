import type { CallQuery, CallRecord } from '@earshot/telemetry';
import { generateCalls, seeded } from '../../../apps/gateway/src/store/testing/generate.js';
import { startGateway } from '../../harness/gateway.js';
import { evidencePart } from './evidence.js';
import { type Kind, openStore, quantile } from './stores.js';

export interface QueryResult {
  readonly measure: 'query';
  readonly database: Kind;
  /** `http`: by the admin API of a gateway, with all that it does besides. */
  readonly by: 'store' | 'http';
  readonly page: string;
  readonly calls: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const DAY = 86_400_000;
/** Calls whose timelines are there, of three minutes each. */
const WITH_EVIDENCE = 100;
const EVIDENCE_SECONDS = 180;
const IN_FLIGHT = 1000;

interface Population {
  readonly from: number;
  readonly until: number;
  readonly sample: readonly CallRecord[];
}

/** Thirty days of calls, by the way that calls go. */
export async function populate(
  dataDir: string,
  url: string | undefined,
  count: number,
  say: (text: string) => void,
): Promise<Population> {
  const store = await openStore(dataDir, url);
  const until = Date.now();
  const from = until - 30 * DAY;
  const begun = performance.now();
  const sample: CallRecord[] = [];
  const random = seeded(9);
  let index = 0;
  let asked: Promise<unknown>[] = [];
  for (const record of generateCalls(count, from, until, 42)) {
    asked.push(store.keep(record));
    if (index++ % Math.max(1, Math.floor(count / WITH_EVIDENCE)) === 0) {
      sample.push(record);
      for (let second = 0; second < EVIDENCE_SECONDS; second += 5) {
        store.append(evidencePart(record, record.startedAt + second * 1000, 5, random));
      }
    }
    if (asked.length < IN_FLIGHT) continue;
    await Promise.all(asked);
    asked = [];
  }
  await Promise.all(asked);
  await store.close();
  say(`${count} calls in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return { from, until, sample };
}

/** What a support engineer asks, by name. Each list is asked in turn. */
function searches({ from, until, sample }: Population): Readonly<Record<string, readonly CallQuery[]>> {
  const numbers = sample.map(({ from: one = '', to = '' }) => (one.startsWith('+') ? one : to));
  const people = sample.map(({ from: one = '', to = '' }) => (one.startsWith('+') ? to : one));
  const networks = sample.flatMap(({ browsers }) => browsers.map(({ network = '' }) => network));
  return {
    'newest calls': [{}],
    'part of a number': numbers.map((number) => ({ text: number.slice(-6) })),
    'a text that nobody has': [{ text: '987654321' }, { text: 'nobody' }],
    'beginning of a call id': sample.map(({ callId }) => ({ text: callId.slice(0, 8) })),
    user: people.map((user) => ({ user })),
    cause: [{ cause: 'ice.' }, { cause: 'sip.busy' }, { cause: 'dtls.blackholed' }, { cause: 'none' }],
    browser: [{ browser: 'Chromium' }, { browser: 'Firefox 140' }, { browser: 'Opera 1' }],
    network: networks.map((network) => ({ network })),
    trunk: [{ trunk: 'north' }, { trunk: 'abroad' }],
    time: [0, 7, 15, 29].map((day) => ({ from: from + day * DAY, until: from + (day + 1) * DAY })),
    'all together': numbers.map((number) => ({
      ...{ text: number.slice(0, 5), cause: 'network.', trunk: 'south', browser: 'Chromium', weight: 'degraded' },
      ...{ from: from + DAY, until },
    })),
  };
}

interface Asker {
  find(id: string): Promise<unknown>;
  search(query: CallQuery): Promise<{ readonly next?: string }>;
  overview(from: number, until: number): Promise<unknown>;
}

async function measurePages(
  asker: Asker,
  population: Population,
  rounds: number,
): Promise<readonly { readonly page: string; readonly times: readonly number[] }[]> {
  const results: { page: string; times: number[] }[] = [];
  const time = async <Value>(times: number[], ask: () => Promise<Value>): Promise<Value> => {
    const begun = performance.now();
    const value = await ask();
    times.push(performance.now() - begun);
    return value;
  };
  const measure = async (page: string, ask: (round: number, times: number[]) => Promise<unknown>): Promise<void> => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) await ask(round, times);
    results.push({ page, times });
  };
  const { from, until, sample } = population;
  await measure('call page', (round, times) => time(times, () => asker.find(sample[round % sample.length]?.key ?? '')));
  for (const [name, queries] of Object.entries(searches(population))) {
    await measure(`search: ${name}`, (round, times) =>
      time(times, () => asker.search(queries[round % queries.length] ?? {})),
    );
  }
  await measure('search: tenth page', async (_round, times) => {
    let after: string | undefined;
    for (let page = 0; page < 9; page += 1) after = (await asker.search(after === undefined ? {} : { after })).next;
    await time(times, () => asker.search(after === undefined ? {} : { after }));
  });
  await measure('overview: a day', (round, times) =>
    time(times, () => asker.overview(from + (round % 29) * DAY, from + ((round % 29) + 1) * DAY)),
  );
  await measure('overview: all 30 days', (_round, times) => time(times, () => asker.overview(from, until + 1)));
  return results;
}

/** Every page, first from the store itself, then, where it is SQLite, from a gateway. */
export async function measureQueries(
  database: Kind,
  dataDir: string,
  url: string | undefined,
  calls: number,
  rounds: number,
  say: (text: string) => void,
  settle: () => void,
): Promise<readonly QueryResult[]> {
  const population = await populate(dataDir, url, calls, (text) => say(`${database}: ${text}`));
  settle();
  const results: QueryResult[] = [];
  const note = (by: QueryResult['by'], pages: Awaited<ReturnType<typeof measurePages>>): void => {
    for (const { page, times } of pages) {
      results.push({
        ...{ measure: 'query', database, by, page, calls },
        ...{ p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95) },
      });
    }
  };
  const store = await openStore(dataDir, url);
  note('store', await measurePages(store, population, rounds));
  await store.close();

  const settings = {
    turn: { enabled: false },
    log: { level: 'error' },
    ...(url === undefined ? {} : { store: { url } }),
  };
  const gateway = await startGateway({ ...settings, log: { level: 'info' } }, undefined, dataDir);
  try {
    const ask = async (path: string): Promise<unknown> => {
      const answer = await fetch(`${gateway.adminUrl}${path}`);
      const body = await answer.json();
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(body)}`);
      return body;
    };
    const asker: Asker = {
      find: (id) => ask(`/api/calls/${encodeURIComponent(id)}`),
      search: async (query) => {
        const fields = Object.entries(query).map(([name, value]) => [name, String(value)]);
        return (await ask(`/api/calls?${new URLSearchParams(fields)}`)) as { readonly next?: string };
      },
      overview: (from, until) => ask(`/api/overview?from=${from}&until=${until}`),
    };
    note('http', await measurePages(asker, population, rounds));
  } finally {
    await gateway.stop();
  }
  return results;
}
