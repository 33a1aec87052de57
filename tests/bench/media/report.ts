import { spawnSync } from 'node:child_process';
import { findProgram } from '../../harness/peers.js';
import { type Bar, type BenchReport, machineWith, printWith, rounded } from '../report.js';
import type { Window } from './load.js';
import type { Result } from './measure.js';
import type { Scenario } from './target.js';

export type Report = BenchReport<'media', Result>;

/** The most of rtpengine's cost that ours may be. */
const AIMS: Readonly<Record<Scenario, { readonly title: string; readonly aim: number }>> = {
  pcma: { title: 'passing through SRTP-PCMA <-> RTP-PCMA', aim: 1.3 },
  opus: { title: 'transcoding SRTP-Opus <-> RTP-PCMA', aim: 0.5 },
};

function bar(results: readonly Result[], scenario: Scenario, where: 'steady' | 'saturation'): Bar {
  const cost = (target: Result['target']): number | undefined => {
    const window: Window | undefined = results.find((r) => r.target === target && r.scenario === scenario)?.[where];
    return window?.msPerCallSecond;
  };
  const [ours, theirs] = [cost('earshot'), cost('rtpengine')];
  const value = ours === undefined || theirs === undefined ? undefined : rounded(ours / theirs);
  const { title, aim } = AIMS[scenario];
  const at = where === 'steady' ? 'a few calls' : 'saturation of one core';
  return {
    name: `${title}, ${at}`,
    value,
    unit: "of rtpengine's CPU time",
    aim,
    ok: value !== undefined && value <= aim,
  };
}

function machine(): Report['machine'] {
  const rtpengine = findProgram('rtpengine');
  return machineWith({ rtpengine: rtpengine === undefined ? 'none' : versionOf(rtpengine) });
}

function versionOf(program: string): string {
  const { stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /^Version: (\S+)/m.exec(stdout + stderr)?.[1] ?? 'unknown';
}

export const makeReport = (results: readonly Result[], notes: readonly string[]): Report => ({
  name: 'media',
  machine: machine(),
  results,
  bars: (['pcma', 'opus'] as const).flatMap((scenario) =>
    (['steady', 'saturation'] as const).map((where) => bar(results, scenario, where)),
  ),
  notes,
});

/** The report as a table for people. */
export function printReport(report: Report): string {
  const row = (...cells: readonly (string | number)[]): string => cells.map((cell) => String(cell).padEnd(13)).join('');
  const lines = [row('scenario', 'engine', 'calls', 'ms/call/s', 'CPU %', 'loss %', 'wrong', 'limit')];
  for (const { scenario, target, steady, saturation, verified } of report.results) {
    for (const window of saturation === undefined ? [steady] : [steady, saturation]) {
      const { calls, msPerCallSecond, cpuPercent, lossPercent } = window;
      const wrong = `${verified.wrong}/${verified.checked}`;
      const figures = [msPerCallSecond.toFixed(2), cpuPercent.toFixed(0), lossPercent.toFixed(2)];
      lines.push(
        row(scenario, target, calls, ...figures, wrong, 'limitedBy' in window ? (saturation?.limitedBy ?? '') : ''),
      );
    }
  }
  return printWith(report, lines);
}
