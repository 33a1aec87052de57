import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { lacks } from '../../harness/peers.js';
import { startPostgres } from '../../harness/postgres.js';
import { temporaryFolder } from '../../harness/process.js';
import { measureEvents } from './events.js';
import { measureQueries } from './queries.js';
import { makeReport, printReport, type TelemetryResult } from './report.js';
import { measureSdk } from './sdk.js';
import type { Kind } from './stores.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** In the database, for pages. */
    calls: { type: 'string', default: '100000' },
    /** How often each page is asked for. */
    rounds: { type: 'string', default: '40' },
    /** Of each window of events. */
    seconds: { type: 'string', default: '5' },
    /** Of each call that measures the SDK. */
    sdkSeconds: { type: 'string', default: '20' },
    /** events, queries, sdk. */
    parts: { type: 'string', default: 'events,queries,sdk' },
    /** sqlite, postgres. */
    databases: { type: 'string', default: 'sqlite,postgres' },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const wants = (part: string): boolean => values.parts.split(',').includes(part);

const notes: string[] = [];
const load = loadavg()[0] ?? 0;
if (load > 0.5) notes.push(`the machine was busy before (load ${load.toFixed(1)}): the figures are rough`);

async function measureDatabase(kind: Kind): Promise<readonly TelemetryResult[]> {
  const postgres = kind === 'postgres' ? await startPostgres({ durable: true }) : undefined;
  const folders = [temporaryFolder('bench-events'), temporaryFolder('bench-queries')] as const;
  const results: TelemetryResult[] = [];
  try {
    if (wants('events')) {
      say(`${kind}: events`);
      results.push(await measureEvents(kind, folders[0].path, await postgres?.database(), Number(values.seconds)));
    }
    if (wants('queries')) {
      const [calls, rounds] = [Number(values.calls), Number(values.rounds)];
      const url = await postgres?.database();
      // What PostgreSQL does by itself within a minute: a month of calls does not come in one.
      const settle = (): void => void (url !== undefined && postgres?.query(url, 'vacuum analyze'));
      results.push(...(await measureQueries(kind, folders[1].path, url, calls, rounds, say, settle)));
    }
  } finally {
    for (const folder of folders) folder.remove();
    await postgres?.stop();
  }
  return results;
}

const results: TelemetryResult[] = [];
for (const kind of ['sqlite', 'postgres'] as const) {
  if (!values.databases.split(',').includes(kind)) continue;
  if (kind === 'postgres' && lacks('postgres', 'initdb')) notes.push('PostgreSQL is not installed');
  else results.push(...(await measureDatabase(kind)));
}
if (wants('sdk')) {
  if (lacks('chromium')) notes.push('Chromium is not installed');
  else results.push(await measureSdk(Number(values.sdkSeconds), say));
}
const report = makeReport(results, notes);
console.log(values.json ? JSON.stringify(report, undefined, 2) : printReport(report));
