import type { LegFigures, LegName, Sample } from '@earshot/telemetry';
import type { RtpFlow, Second } from './rtp-flows.js';

/** What goes each way over a leg: from its remote, and to it. */
export interface LegFlows {
  readonly received: readonly RtpFlow[];
  readonly sent: readonly RtpFlow[];
  /** Payload types that were agreed on, with their codecs; empty: nothing is known of that. */
  readonly payloads: ReadonlyMap<number, string>;
}

const COMFORT_NOISE = 13;
/** Shorter ends of an interval say little about a rate. */
const SHORTEST_MS = 300;
const MAX_SECONDS = 24 * 3_600;

/** The figures of a leg second by second, those in which nothing came included. */
export function legSamples(leg: LegName, flows: LegFlows, from: number, until: number): Sample[] {
  const samples: Sample[] = [];
  const first = Math.floor(from / 1_000);
  const last = Math.min(Math.floor(until / 1_000), first + MAX_SECONDS);
  for (let second = first; second <= last; second += 1) {
    const start = Math.max(from, second * 1_000);
    const end = Math.min(until, (second + 1) * 1_000);
    if (end - start < SHORTEST_MS) continue;
    samples.push({ at: end, source: 'gateway', leg, figures: figuresOf(flows, second, end - start) });
  }
  return samples;
}

const sum = (seconds: readonly Second[], of: (second: Second) => number): number =>
  seconds.reduce((total, second) => total + of(second), 0);
const most = (seconds: readonly Second[], of: (second: Second) => number): number =>
  seconds.reduce((best, second) => Math.max(best, of(second)), 0);

function figuresOf({ received, sent, payloads }: LegFlows, second: number, ms: number): LegFigures {
  const seconds = (flows: readonly RtpFlow[]): Second[] => flows.flatMap((flow) => flow.seconds.get(second) ?? []);
  const [arrived, left] = [seconds(received), seconds(sent)];
  const types = new Map<number, number>();
  for (const { payloadTypes } of arrived) {
    for (const [type, count] of payloadTypes) types.set(type, (types.get(type) ?? 0) + count);
  }
  const isAgreed = (type: number): boolean => payloads.size === 0 || type === COMFORT_NOISE || payloads.has(type);
  const refused = [...types].reduce((total, [type, count]) => total + (isAgreed(type) ? 0 : count), 0);
  const usual = [...types].sort(([, a], [, b]) => b - a)[0]?.[0];
  const codec = usual === undefined ? undefined : payloads.get(usual);
  const measured = sum(arrived, (one) => one.measured);
  const power = sum(arrived, (one) => one.power) / measured;
  const reports = left.filter((one) => one.reportedLost !== undefined);
  return {
    ms,
    ...(codec === undefined ? {} : { codec }),
    packetsReceived: sum(arrived, (one) => one.packets),
    bytesReceived: sum(arrived, (one) => one.bytes),
    packetsLost: sum(arrived, (one) => one.lost),
    jitterMs: most(arrived, (one) => one.jitterMs),
    maxGapMs: most(arrived, (one) => one.maxGapMs),
    lossRuns: sum(arrived, (one) => one.lossRuns),
    longestLoss: most(arrived, (one) => one.longestLoss),
    packetsSent: sum(left, (one) => one.packets),
    bytesSent: sum(left, (one) => one.bytes),
    ...(reports.length === 0
      ? {}
      : {
          remotePacketsLost: sum(reports, (one) => one.reportedLost ?? 0),
          remoteJitterMs: most(reports, (one) => one.reportedJitter ?? 0),
        }),
    packetsRefused: refused,
    ...(measured === 0 ? {} : { levelDb: power === 0 ? -127 : Math.max(-127, 10 * Math.log10(power)) }),
  };
}
