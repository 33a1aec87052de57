import type { LegStats } from '@earshot/calls';
import type { LegFigures } from '@earshot/telemetry';

const NOTHING: LegStats = {
  packetsReceived: 0,
  bytesReceived: 0,
  packetsSent: 0,
  bytesSent: 0,
  packetsLost: 0,
  jitterMs: 0,
  srtpAuthFailures: 0,
  srtpReplays: 0,
};

/** Shorter intervals than this say nothing: the last figures of a leg may follow the ones before at once. */
const SHORTEST_MS = 50;

/** Makes figures of intervals out of counters that only grow. One for each leg. */
export class LegMeter {
  #before: LegStats = NOTHING;

  /** Undefined where too little time went by since the figures before. */
  take(stats: LegStats): LegFigures | undefined {
    const before = this.#before;
    const ms = (stats.ageMs ?? 0) - (before.ageMs ?? 0);
    if (ms < SHORTEST_MS) return undefined;
    this.#before = stats;
    const added = (name: CounterName): number => (stats[name] ?? 0) - (before[name] ?? 0);
    return {
      ms: tenth(ms),
      ...(stats.codec === undefined ? {} : { codec: stats.codec }),
      packetsReceived: added('packetsReceived'),
      bytesReceived: added('bytesReceived'),
      packetsLost: added('packetsLost'),
      jitterMs: tenth(stats.jitterMs),
      ...(stats.maxGapMs === undefined ? {} : { maxGapMs: Math.round(stats.maxGapMs) }),
      ...(stats.lossRuns === undefined ? {} : { lossRuns: Math.max(0, added('lossRuns')) }),
      ...(stats.longestLoss === undefined ? {} : { longestLoss: stats.longestLoss }),
      packetsSent: added('packetsSent'),
      bytesSent: added('bytesSent'),
      ...(stats.remotePacketsLost === undefined ? {} : { remotePacketsLost: added('remotePacketsLost') }),
      ...(stats.remoteJitterMs === undefined ? {} : { remoteJitterMs: tenth(stats.remoteJitterMs) }),
      ...(stats.roundTripMs === undefined ? {} : { roundTripMs: tenth(stats.roundTripMs) }),
      srtpAuthFailures: added('srtpAuthFailures'),
      srtpReplays: added('srtpReplays'),
      packetsRefused: added('packetsRefused'),
      ...((stats.packetsRecovered ?? 0) === 0 ? {} : { packetsRecovered: added('packetsRecovered') }),
      packetsUndecodable: added('packetsUndecodable'),
      ...(stats.levelDb === undefined ? {} : { levelDb: tenth(stats.levelDb) }),
      packetsForeign: added('packetsForeign'),
    };
  }
}

type CounterName =
  | 'packetsReceived'
  | 'bytesReceived'
  | 'packetsLost'
  | 'lossRuns'
  | 'packetsSent'
  | 'bytesSent'
  | 'remotePacketsLost'
  | 'srtpAuthFailures'
  | 'srtpReplays'
  | 'packetsRefused'
  | 'packetsRecovered'
  | 'packetsUndecodable'
  | 'packetsForeign';

const tenth = (value: number): number => Math.round(value * 10) / 10;
