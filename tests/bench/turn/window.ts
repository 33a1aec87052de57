import { cpuMs } from '../media/cpu.js';
import type { Target } from './target.js';

/** What was measured in one stretch of time. A packet is relayed once each time it goes from client to peer or back. */
export interface Window {
  readonly clients: number;
  readonly relayedPerSecond: number;
  /** Of all threads of the server, in percent of one core. */
  readonly cpuPercent: number;
  readonly microsecondsPerPacket: number;
  /** With all of a core for so many packets. */
  readonly relayedPerCpuSecond: number;
  readonly generatorCpuPercent: number;
  /** Of what was sent, in percent. */
  readonly lossPercent: number;
  /** Packets that arrived as something else. */
  readonly wrong: number;
  /** The longest that the generator was behind its schedule, in ms. */
  readonly lateMs: number;
}

/** What has been counted so far. */
export interface Tally {
  readonly sent: number;
  readonly received: number;
  readonly wrong: number;
}

export interface Snapshot {
  readonly at: number;
  readonly cpu: number;
  readonly generator: number;
  readonly tally: Tally;
}

export function snapshot(target: Target, tally: Tally): Snapshot {
  const { user, system } = process.cpuUsage();
  return { at: performance.now(), cpu: cpuMs(target.pid), generator: (user + system) / 1000, tally };
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** `last`: counted when what was on its way has arrived. `hops`: how often a packet is relayed until it is counted. */
export function windowOf(
  before: Snapshot,
  after: Snapshot,
  last: Tally,
  more: { readonly clients: number; readonly hops: number; readonly lateMs: number },
): Window {
  const wallMs = after.at - before.at;
  const cpu = after.cpu - before.cpu;
  const sent = after.tally.sent - before.tally.sent;
  const lost = Math.max(0, sent - (last.received - before.tally.received));
  const relayed = (after.tally.received - before.tally.received) * more.hops;
  return {
    clients: more.clients,
    relayedPerSecond: Math.round((relayed * 1000) / wallMs),
    cpuPercent: hundredths((cpu * 100) / wallMs),
    microsecondsPerPacket: hundredths((cpu * 1000) / relayed),
    relayedPerCpuSecond: Math.round((relayed * 1000) / cpu),
    generatorCpuPercent: hundredths(((after.generator - before.generator) * 100) / wallMs),
    lossPercent: sent === 0 ? 0 : hundredths((lost * 100) / sent),
    wrong: last.wrong - before.tally.wrong,
    lateMs: hundredths(more.lateMs),
  };
}
