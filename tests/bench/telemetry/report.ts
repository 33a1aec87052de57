import { spawnSync } from 'node:child_process';
import { findProgram } from '../../harness/peers.js';
import { type Bar, type BenchReport, machineWith, printWith, rounded } from '../report.js';
import { type EventsResult, PACE } from './events.js';
import type { QueryResult } from './queries.js';
import type { SdkResult } from './sdk.js';

export type TelemetryResult = EventsResult | QueryResult | SdkResult;
export type Report = BenchReport<'telemetry', TelemetryResult>;

const PAGE_MS = 200;
const SDK_CPU_PERCENT = 1;
const SDK_BYTES = 2000;
const METHOD =
  'SDK: in one call, windows in which getStats answers and windows in which it is held back take turns; the difference ' +
  'in CPU time of all processes of Chromium holds statistics, samples and their sending. The statistics that decide on ' +
  'recovery are in it, too. Bytes: JSON of call.evidence, whole call, its beginning and end included.';
const NAMES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;

function machine(): Report['machine'] {
  const postgres = findProgram('postgres');
  const version =
    postgres === undefined ? 'none' : spawnSync(postgres, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return machineWith({ postgres: version });
}

const barOf = (name: string, value: number, unit: string, aim: number, ok: boolean): Bar => ({
  name,
  value: rounded(value),
  unit,
  aim,
  ok,
});

function eventBars(results: readonly TelemetryResult[]): Bar[] {
  return results.flatMap((result) =>
    result.measure === 'events'
      ? [
          barOf(
            `into ${NAMES[result.database]}`,
            result.eventsPerSecond,
            'events a second',
            PACE,
            result.eventsPerSecond >= PACE && result.shed === 0,
          ),
        ]
      : [],
  );
}

/** Of each database and way, the slowest page. */
function queryBars(results: readonly TelemetryResult[]): Bar[] {
  const worst = new Map<string, QueryResult>();
  for (const result of results) {
    if (result.measure !== 'query') continue;
    const kind = result.page.split(':')[0] ?? result.page;
    const name = `${NAMES[result.database]}, ${result.by}, ${kind}`;
    const known = worst.get(name);
    if (known === undefined || known.p95Ms < result.p95Ms) worst.set(name, result);
  }
  return [...worst].map(([name, { p95Ms, page, calls }]) =>
    barOf(`${name}: the slowest (${page}) at ${calls} calls`, p95Ms, 'ms, p95', PAGE_MS, p95Ms < PAGE_MS),
  );
}

function sdkBars(results: readonly TelemetryResult[]): Bar[] {
  return results.flatMap((result) =>
    result.measure === 'sdk'
      ? [
          barOf(
            'collection in the SDK',
            result.cpuPercent,
            '% of a core',
            SDK_CPU_PERCENT,
            result.cpuPercent < SDK_CPU_PERCENT,
          ),
          barOf(
            'evidence sent by the SDK',
            result.bytesPerSecond,
            'bytes a second',
            SDK_BYTES,
            result.bytesPerSecond < SDK_BYTES,
          ),
        ]
      : [],
  );
}

export const makeReport = (results: readonly TelemetryResult[], notes: readonly string[]): Report => ({
  name: 'telemetry',
  machine: machine(),
  results,
  bars: [...eventBars(results), ...queryBars(results), ...sdkBars(results)],
  notes: [...notes, ...(results.some(({ measure }) => measure === 'sdk') ? [METHOD] : [])],
});

function describe(result: TelemetryResult): string {
  switch (result.measure) {
    case 'events':
      return (
        `${result.database.padEnd(10)}${result.eventsPerSecond.toFixed(0)} events/s; at ${PACE}/s a record is durable ` +
        `within ${result.paced.keepP50Ms.toFixed(1)} ms (p50), ${result.paced.keepP95Ms.toFixed(1)} ms (p95)`
      );
    case 'query':
      return (
        `${result.database.padEnd(10)}${result.by.padEnd(7)}${result.page.padEnd(34)}` +
        `${result.p50Ms.toFixed(1).padStart(8)} ms p50${result.p95Ms.toFixed(1).padStart(8)} ms p95`
      );
    case 'sdk':
      return (
        `SDK       ${result.cpuPercent.toFixed(2)}% of a core (from ${result.cpuPercentFrom.toFixed(2)} to ` +
        `${result.cpuPercentTo.toFixed(2)}), main thread ${result.mainThreadPercent.toFixed(2)}%, ` +
        `${result.bytesPerSecond.toFixed(0)} bytes/s in a call of ${result.seconds} s`
      );
  }
}

/** The report as a table for people. */
export function printReport(report: Report): string {
  const lines = report.results.map(describe);
  return printWith(report, lines);
}
