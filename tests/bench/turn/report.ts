import { spawnSync } from 'node:child_process';
import { findProgram } from '../../harness/peers.js';
import { type Bar, type BenchReport, machineWith, printWith, rounded } from '../report.js';
import type { LoadName, Result } from './measure.js';

export type Report = BenchReport<'turn', Result>;

/** The least of coturn's packets per CPU second that ours may be. */
const AIM = 1;
const LOADS: Readonly<Record<LoadName, string>> = { calls: 'a few calls', full: 'one core full' };
/** Busier than this, in percent, a core has no room to wait in. */
const FULL = 95;

function machine(): Report['machine'] {
  const coturn = findProgram('turnserver');
  return machineWith({
    coturn: coturn === undefined ? 'none' : spawnSync(coturn, ['--version'], { encoding: 'utf8' }).stdout.trim(),
  });
}

function bars(results: readonly Result[]): Bar[] {
  const ours = results.filter(({ target }) => target === 'earshot');
  return ours.map(({ transport, load, median }) => {
    const theirs = results.find((r) => r.target === 'coturn' && r.transport === transport && r.load === load)?.median;
    const value = theirs && rounded(median.relayedPerCpuSecond / theirs.relayedPerCpuSecond);
    return {
      name: `${transport.toUpperCase()}, ${LOADS[load]}`,
      value,
      unit: "of coturn's relayed packets per CPU second",
      aim: AIM,
      ok: value !== undefined && value >= AIM,
    };
  });
}

/** Where it was not the server's core that was full. */
const limits = (results: readonly Result[]): string[] =>
  results.flatMap(({ target, transport, load, median }) =>
    load === 'full' && median.cpuPercent < FULL
      ? [
          `${target}, ${transport}: the server used ${median.cpuPercent.toFixed(0)}% of its core, since the generator ` +
            `used ${median.generatorCpuPercent.toFixed(0)}% of its own: more would go through than these packets a second`,
        ]
      : [],
  );

export const makeReport = (results: readonly Result[], notes: readonly string[]): Report => ({
  name: 'turn',
  machine: machine(),
  results,
  bars: bars(results),
  notes: [...notes, ...limits(results)],
});

/** The report as a table for people. */
export function printReport(report: Report): string {
  const row = (...cells: readonly (string | number)[]): string => cells.map((cell) => String(cell).padEnd(12)).join('');
  const lines = [row('transport', 'load', 'server', 'clients', 'relayed/s', 'us/packet', 'CPU %', 'loss %', 'wrong')];
  for (const { target, transport, load, median } of report.results) {
    const { clients, relayedPerSecond, microsecondsPerPacket, cpuPercent, lossPercent, wrong } = median;
    const figures = [relayedPerSecond.toFixed(0), microsecondsPerPacket.toFixed(2), cpuPercent.toFixed(0)];
    lines.push(row(transport, load, target, clients, ...figures, lossPercent.toFixed(2), wrong));
  }
  return printWith(report, lines);
}
