import type { TurnTransport } from '@earshot/telemetry';
import { CallsLoad } from './calls-load.js';
import { FullLoad } from './full-load.js';
import type { StartTarget, Target } from './target.js';
import type { Window } from './window.js';

export type LoadName = 'calls' | 'full';

export interface Plan {
  readonly transports: readonly TurnTransport[];
  readonly loads: readonly LoadName[];
  /** Clients of each load. */
  readonly clients: Readonly<Record<LoadName, number>>;
  readonly seconds: number;
  readonly rounds: number;
}

export interface Result {
  readonly target: Target['name'];
  readonly transport: TurnTransport;
  readonly load: LoadName;
  /** The window of median cost. */
  readonly median: Window;
  /** Microseconds of CPU per relayed packet of every round. */
  readonly rounds: readonly number[];
}

/** A load with the server that it is put on. */
interface Load {
  run(seconds: number): Promise<Window>;
  close(): Promise<void>;
}

interface LoadType {
  open(start: StartTarget, transport: TurnTransport, clients: number): Promise<Load>;
}

const LOADS: Readonly<Record<LoadName, LoadType>> = { calls: CallsLoad, full: FullLoad };

const median = (windows: readonly Window[]): Window | undefined =>
  [...windows].sort((a, b) => a.microsecondsPerPacket - b.microsecondsPerPacket)[Math.floor(windows.length / 2)];

export type Starts = ReadonlyMap<Target['name'], StartTarget>;

/** Rounds alternate between the servers, so that a busy machine troubles both alike. */
export async function measure(starts: Starts, plan: Plan, say: (text: string) => void): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const transport of plan.transports) {
    for (const load of plan.loads) results.push(...(await measureOne(starts, transport, load, plan, say)));
  }
  return results;
}

async function measureOne(
  starts: Starts,
  transport: TurnTransport,
  name: LoadName,
  { clients, seconds, rounds }: Plan,
  say: (text: string) => void,
): Promise<Result[]> {
  const runs: { readonly target: Target['name']; readonly load: Load; readonly windows: Window[] }[] = [];
  for (const [target, start] of starts) {
    const load = await LOADS[name].open(start, transport, clients[name]);
    // Unmeasured: compilers and caches settle.
    await load.run(seconds);
    runs.push({ target, load, windows: [] });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { target, load, windows } of runs) {
      const window = await load.run(seconds);
      windows.push(window);
      say(`${transport} ${name} ${target}: ${describe(window)}`);
    }
  }
  for (const { load } of runs) await load.close();
  return runs.flatMap(({ target, windows }) => {
    const middle = median(windows);
    if (middle === undefined) return [];
    const each = windows.map(({ microsecondsPerPacket }) => microsecondsPerPacket);
    return [{ target, transport, load: name, median: middle, rounds: each }];
  });
}

const describe = (window: Window): string =>
  `${window.clients} clients, ${window.relayedPerSecond.toFixed(0)} relayed/s, ` +
  `${window.microsecondsPerPacket.toFixed(2)} us each, CPU ${window.cpuPercent.toFixed(0)}%, ` +
  `loss ${window.lossPercent.toFixed(2)}%, generator ${window.generatorCpuPercent.toFixed(0)}%, ` +
  `late ${window.lateMs.toFixed(0)} ms`;
