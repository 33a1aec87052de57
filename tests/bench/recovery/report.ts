import { spawnSync } from 'node:child_process';
import { programPath } from '../../harness/peers.js';
import { type Bar, type BenchReport, machineWith } from '../report.js';
import { PLAYOUT_MS } from './gaps.js';
import type { Gap, Outcome } from './run.js';
import type { Scenario } from './scenarios.js';

export interface Distribution {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly title: string;
  readonly runs: number;
  readonly survived: number;
  /** The gap that either end heard, ms, beyond what the event itself took away. */
  readonly browser: Distribution;
  readonly phone: Distribution;
  /** ICE restarts of the browser, all runs together. */
  readonly restarts: number;
  readonly sipMessages: number;
}

export type RecoveryReport = BenchReport<'recovery', ScenarioResult>;

/** What is lost is lost by packets. */
const PACKET_MS = 20;

/** By nearest rank; 0 of nothing. */
function distribution(values: readonly number[]): Distribution {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

export function summarize(scenario: Scenario, outcomes: readonly Outcome[]): ScenarioResult {
  const { name, title, outageMs = 0 } = scenario;
  const of = (gap: (outcome: Outcome) => Gap): Distribution =>
    distribution(outcomes.map((outcome) => Math.max(0, gap(outcome).ms - outageMs)));
  const sum = (count: (outcome: Outcome) => number): number => outcomes.reduce((total, each) => total + count(each), 0);
  return {
    scenario: name,
    title,
    runs: outcomes.length,
    survived: outcomes.filter(({ survived }) => survived).length,
    browser: of(({ near }) => near),
    phone: of(({ far }) => far),
    restarts: sum(({ restarts }) => restarts),
    sipMessages: sum(({ sipMessages }) => sipMessages),
  };
}

/** `resolutionMs`: no more than this cannot be told from nothing. */
function barsOf(scenario: Scenario, result: ScenarioResult, resolutionMs: number): readonly Bar[] {
  const limit = scenario.unheard === true ? resolutionMs : scenario.aimMs;
  if (limit === undefined) return [];
  const isOk = (value: number): boolean => (scenario.unheard === true ? value <= limit : value < limit);
  return (['browser', 'phone'] as const).map((end) => {
    const value = result[end].p95;
    return { name: `${scenario.name}: gap at the ${end}, p95`, value, unit: 'ms', aim: limit, ok: isOk(value) };
  });
}

const chromium = (): string => spawnSync(programPath('chromium'), ['--version'], { encoding: 'utf8' }).stdout.trim();

export function makeReport(
  done: readonly { readonly scenario: Scenario; readonly outcomes: readonly Outcome[] }[],
  notes: readonly string[],
): RecoveryReport {
  const summed = done.map(({ scenario, outcomes }) => ({ scenario, result: summarize(scenario, outcomes) }));
  const results = summed.map(({ result }) => result);
  const idle = summed.find(({ scenario }) => scenario.name === 'nothing')?.result;
  const resolutionMs = Math.max(PACKET_MS, idle?.browser.max ?? 0, idle?.phone.max ?? 0);
  const product = summed.filter(({ scenario }) => scenario.instrument !== true);
  const total = (count: (result: ScenarioResult) => number): number =>
    product.reduce((sum, { result }) => sum + count(result), 0);
  const zero = (name: string, value: number): Bar => ({ name, value, unit: '', aim: 0, ok: value === 0 });
  return {
    name: 'recovery',
    machine: machineWith({ chromium: chromium() }),
    results,
    bars: [
      ...product.flatMap(({ scenario, result }) => barsOf(scenario, result, resolutionMs)),
      zero(
        'requests that the SIP peer received in running calls',
        total(({ sipMessages }) => sipMessages),
      ),
      zero(
        'calls that did not survive',
        total(({ runs, survived }) => runs - survived),
      ),
    ],
    notes: [
      idle === undefined
        ? `resolution: ${resolutionMs} ms is one packet; "nothing" was not run`
        : `resolution: up to ${resolutionMs} ms are shown where nothing happens, and one packet is ${PACKET_MS} ms`,
      `played out as by a phone that lets packets wait for ${PLAYOUT_MS} ms, and by the jitter buffer of the browser`,
      ...notes,
    ],
  };
}

export const tableOf = (results: readonly ScenarioResult[]): readonly string[] => [
  'scenario        runs  survived   browser p50   p95   max     phone p50   p95   max   restarts  SIP',
  ...results.map(({ scenario, runs, survived, browser, phone, restarts, sipMessages }) =>
    [
      scenario.padEnd(14),
      String(runs).padStart(6),
      String(survived).padStart(10),
      ...[browser.p50].map((ms) => String(ms).padStart(14)),
      ...[browser.p95, browser.max].map((ms) => String(ms).padStart(6)),
      String(phone.p50).padStart(14),
      ...[phone.p95, phone.max].map((ms) => String(ms).padStart(6)),
      String(restarts).padStart(11),
      String(sipMessages).padStart(5),
    ].join(''),
  ),
];
