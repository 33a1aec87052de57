import { spawnSync } from 'node:child_process';
import { type Bar, type BenchReport, machineWith, printWith } from '../bench/report.js';
import { findProgram } from '../harness/peers.js';
import type { HealthyResult } from './healthy.js';
import type { FaultResult } from './run-fault.js';

export type FaultsReport = BenchReport<'faults', FaultResult | HealthyResult>;

const AIMS = { rightPercent: 95, injected: 45, healthy: 100, verdictMs: 5000 } as const;

const isFault = (result: FaultResult | HealthyResult): result is FaultResult => 'expected' in result;

const isInjected = ({ proof, means }: FaultResult): boolean => proof !== undefined && means !== 'recorded';

/** The value below which that share of them lies. */
function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

const percent = (part: number, whole: number): number | undefined =>
  whole === 0 ? undefined : Math.round((part * 1000) / whole) / 10;

const atLeast = (name: string, unit: string, aim: number, value: number | undefined): Bar => ({
  name,
  value,
  unit,
  aim,
  ok: value !== undefined && value >= aim,
});

const atMost = (name: string, unit: string, aim: number, value: number | undefined): Bar => ({
  name,
  value,
  unit,
  aim,
  ok: value !== undefined && value <= aim,
});

function barsOf(results: readonly (FaultResult | HealthyResult)[]): readonly Bar[] {
  const faults = results.filter(isFault);
  const healthy = results.filter((result): result is HealthyResult => !isFault(result));
  const injected = faults.filter(isInjected);
  const recorded = faults.filter(({ means, proof }) => means === 'recorded' && proof !== undefined);
  const rightOf = (some: readonly FaultResult[]): number => some.filter(({ right }) => right).length;
  const times = injected.flatMap(({ live, verdictMs }) => (live && verdictMs !== undefined ? [verdictMs] : []));
  const made = healthy.filter(({ problem }) => problem === undefined);
  const bars = [
    atLeast('faults brought about', 'faults', AIMS.injected, injected.length),
    atLeast(
      'first verdict with code, layer and side right',
      '%',
      AIMS.rightPercent,
      percent(rightOf(injected), injected.length),
    ),
    atLeast('healthy calls made', 'calls', AIMS.healthy, made.length),
    atMost(
      'healthy calls with a verdict of weight fault or degraded',
      'calls',
      0,
      made.filter(({ alarms }) => alarms.length > 0).length,
    ),
    atMost('median time from symptom to verdict', 'ms', AIMS.verdictMs, quantile(times, 0.5)),
    atMost('95th percentile of the time from symptom to verdict', 'ms', AIMS.verdictMs, quantile(times, 0.95)),
  ];
  if (recorded.length === 0) return bars;
  return [
    ...bars,
    atLeast('recorded answers of browsers, right', '%', AIMS.rightPercent, percent(rightOf(recorded), recorded.length)),
  ];
}

function versionOf(program: string, flag: string): string {
  const path = findProgram(program);
  if (path === undefined) return 'none';
  const { stdout } = spawnSync(path, [flag], { encoding: 'utf8' });
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? 'unknown';
}

export const makeReport = (
  results: readonly (FaultResult | HealthyResult)[],
  notes: readonly string[],
): FaultsReport => ({
  name: 'faults',
  machine: machineWith({ chromium: versionOf('chromium', '--version'), sipp: versionOf('sipp', '-v') }),
  results,
  bars: barsOf(results),
  notes,
});

/** One line about one result. */
export function describeResult(result: FaultResult | HealthyResult): string {
  if (!isFault(result)) {
    const { name, problem, alarms } = result;
    return `healthy ${name}: ${problem ?? (alarms.length === 0 ? 'silent' : `ALARM ${alarms.join(', ')}`)}`;
  }
  const { name, expected, first, verdictMs, right, problem } = result;
  const wanted = `${expected.code} ${expected.side}`;
  const got = first === undefined ? 'nothing' : `${first.code} ${first.layer} ${first.side}`;
  const time = verdictMs === undefined ? '' : ` after ${(verdictMs / 1000).toFixed(1)} s`;
  if (problem !== undefined) return `${name}: NOT INJECTED (${problem}); said: ${got}`;
  return right ? `${name}: right, ${wanted}${time}` : `${name}: WRONG, ${got}${time} instead of ${wanted}`;
}

/** Everything about a result that is not as it should be. */
export function explainResult(result: FaultResult | HealthyResult): readonly string[] {
  const saved = result.saved === undefined ? [] : [`  call: ${result.saved}`];
  if (!isFault(result)) return result.alarms.length === 0 && result.problem === undefined ? [] : saved;
  if (result.right) return [];
  const { title, proof = 'none', events, final } = result;
  return [`  ${title}; proof: ${proof}`, `  said: ${events.join('; ')}`, `  in the end: ${final.join('; ')}`, ...saved];
}

export const printReport = (report: FaultsReport): string => printWith(report, report.results.map(describeResult));
