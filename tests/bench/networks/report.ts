import { spawnSync } from 'node:child_process';
import { findProgram } from '../../harness/peers.js';
import { NETWORKS, type NetworkDefinition } from '../../networks/catalog.js';
import { describeAllowed, describePath, pathOf } from '../../networks/verdict.js';
import type { CallResult } from '../../networks/world.js';
import { type Bar, type BenchReport, machineWith, printWith } from '../report.js';

/** All calls of one browser from one network. */
export interface Row {
  readonly network: string;
  readonly title: string;
  readonly browser: string;
  readonly kind: Kind;
  readonly calls: number;
  readonly heard: number;
  /** As the browser says, e.g. "relay tls IPv4"; several where calls differ. */
  readonly paths: readonly string[];
  readonly expectedPath: string;
  /** Where the gateway saw the media come from. */
  readonly seenFrom: readonly string[];
  /** From the click to the tone, in ms, of every call that was heard. */
  readonly audioMs: readonly number[];
  readonly medianMs: number | undefined;
  /** The SDK's milestones of the call in the middle. */
  readonly milestones: unknown;
  readonly faults: readonly string[];
}

export type Report = BenchReport<'networks', Row>;

/** What time to audio depends on. */
type Kind = 'direct' | 'relayed' | 'lossy' | 'far';

const FAR_MS = 100;

function kindOf({ routers, path }: NetworkDefinition): Kind {
  const impairments = routers.flatMap(({ uplink }) => uplink?.impairment ?? []);
  if (impairments.some(({ delayMs }) => delayMs >= FAR_MS)) return 'far';
  if (impairments.some(({ lossPercent }) => lossPercent > 0)) return 'lossy';
  return path.kind === 'direct' ? 'direct' : 'relayed';
}

/**
 * The most that the median time from the click to the caller's own voice may take. The echo line rings for 300 ms of it.
 *   direct:  a second, after which a caller wonders
 *   relayed: the same, since connection, allocation and permission fit into the ringing
 *   lossy:   one lost packet of the handshake, and its repetition
 *   far:     eight round trips of 300 ms (connection of the session 3, offer 1, check 1, DTLS 2, voice 1), and 600 ms
 */
const AIMS: Readonly<Record<Kind, { readonly title: string; readonly aim: number }>> = {
  direct: { title: 'directly', aim: 1000 },
  relayed: { title: 'through a relay', aim: 1000 },
  lossy: { title: 'at 10% loss', aim: 2000 },
  far: { title: 'at a round trip of 300 ms', aim: 3000 },
};

const median = (values: readonly number[]): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)];

export function makeRow(network: NetworkDefinition, browser: string, results: readonly CallResult[]): Row {
  const heard = results.filter(({ outcome }) => outcome.fault === undefined);
  const audioMs = heard.flatMap(({ outcome }) => (outcome.audioMs === undefined ? [] : [Math.round(outcome.audioMs)]));
  const medianMs = median(audioMs);
  const middle = heard.find(({ outcome }) => Math.round(outcome.audioMs ?? -1) === medianMs);
  return {
    network: network.name,
    title: network.title,
    browser,
    kind: kindOf(network),
    calls: results.length,
    heard: heard.length,
    paths: unique(
      results.map(({ outcome, view }) => {
        const path = pathOf(outcome, view);
        return path === undefined ? 'none' : describePath(path);
      }),
    ),
    expectedPath: describeAllowed(network.path),
    seenFrom: unique(results.map(({ view }) => view.remote ?? 'nowhere')),
    audioMs,
    medianMs,
    milestones: middle?.outcome.report,
    faults: unique(results.flatMap(({ faults }) => faults)),
  };
}

function countBar(name: string, rows: readonly Row[], isGood: (row: Row) => boolean): Bar {
  const value = rows.filter(isGood).length;
  return { name, value, unit: `of ${rows.length} networks`, aim: rows.length, ok: value === rows.length };
}

function barsOf(rows: readonly Row[]): readonly Bar[] {
  const browsers = unique(rows.map(({ browser }) => browser));
  const counts = browsers.flatMap((browser) => {
    const own = rows.filter((row) => row.browser === browser);
    return [
      countBar(`every call from ${browser} heard`, own, ({ calls, heard }) => calls > 0 && heard === calls),
      countBar(
        `${browser} and gateway agree on a path that the network leaves`,
        own,
        ({ faults }) => faults.length === 0,
      ),
    ];
  });
  const times = (Object.keys(AIMS) as Kind[]).flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind && row.browser === 'chromium');
    if (own.length === 0) return [];
    const value = median(own.flatMap(({ audioMs }) => audioMs));
    const { title, aim } = AIMS[kind];
    const name = `median time from click to audio, ${title}`;
    return [{ name, value, unit: 'ms', aim, ok: value !== undefined && value <= aim }];
  });
  return [...counts, ...times];
}

function versionOf(program: string): string {
  const path = findProgram(program);
  if (path === undefined) return 'none';
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? 'unknown';
}

export const makeReport = (results: readonly Row[], notes: readonly string[]): Report => ({
  name: 'networks',
  machine: machineWith({ chromium: versionOf('chromium'), firefox: versionOf('firefox-esr') }),
  results,
  bars: barsOf(results),
  notes: results.length < NETWORKS.length ? [...notes, 'not all networks were called from'] : notes,
});

/** The report as a table for people. */
export function printReport(report: Report): string {
  const widths = [18, 10, 7, 18, 16, 8, 12];
  const row = (...cells: readonly (string | number)[]): string =>
    cells.map((cell, column) => String(cell).padEnd(widths[column] ?? 0)).join(' ');
  const lines = [row('network', 'browser', 'heard', 'path', 'seen from', 'audio ms', 'least-most', 'what it is like')];
  for (const { network, title, browser, calls, heard, paths, seenFrom, audioMs, medianMs, faults } of report.results) {
    const range = audioMs.length === 0 ? '' : `${Math.min(...audioMs)}-${Math.max(...audioMs)}`;
    const cells = [`${heard}/${calls}`, paths.join(', '), seenFrom.join(', '), medianMs ?? '', range];
    lines.push(row(network, browser, ...cells, faults.length === 0 ? title : faults.join('; ')));
  }
  return printWith(report, lines);
}
