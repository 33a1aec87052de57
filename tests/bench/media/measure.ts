import { Load, type Window } from './load.js';
import type { Speech } from './speech.js';
import type { Scenario, Target } from './target.js';
import type { Verdict } from './verify.js';

export interface Plan {
  /** Calls of the first measurement. */
  readonly calls: number;
  readonly seconds: number;
  readonly rounds: number;
  /** The most steps in search of saturation; 0 leaves it out. */
  readonly steps: number;
}

export interface Result {
  readonly target: Target['name'];
  readonly scenario: Scenario;
  /** The window of median cost at the plan's number of calls. */
  readonly steady: Window;
  /** The most calls that one core carried with at most 0.5% loss and 95% CPU. */
  readonly saturation?: Window & { readonly limitedBy: 'cpu' | 'loss' | 'generator' | 'steps' };
  readonly verified: Verdict;
}

const MAX_LOSS_PERCENT = 0.5;
const MAX_CPU_PERCENT = 95;
/** Behind its schedule by this, in ms, the generator sends bursts that overflow sockets; by that, it does not keep up. */
const MAX_LATE_MS = 60;
const TOO_LATE_MS = 250;
const ATTEMPTS = 3;
/** Sockets and memory of the generator end somewhere. */
const MAX_CALLS = 2000;

const median = (windows: readonly Window[]): Window | undefined =>
  [...windows].sort((a, b) => a.msPerCallSecond - b.msPerCallSecond)[Math.floor(windows.length / 2)];

type Limit = 'cpu' | 'loss' | 'generator';

function limitOf({ cpuPercent, lossPercent, generatorCpuPercent, lateMs }: Window): Limit | undefined {
  if (cpuPercent > MAX_CPU_PERCENT) return 'cpu';
  if (generatorCpuPercent > MAX_CPU_PERCENT || lateMs > TOO_LATE_MS) return 'generator';
  if (lossPercent <= MAX_LOSS_PERCENT) return undefined;
  // What a late generator sends comes in bursts that overflow sockets: that loss is its own.
  return lateMs > MAX_LATE_MS ? 'generator' : 'loss';
}

/** Measures again when something else on the machine made the generator late, and packets were lost by it. */
async function runUndisturbed(load: Load, seconds: number): Promise<Window> {
  let window = await load.run(seconds);
  for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
    if (window.lateMs <= MAX_LATE_MS || limitOf(window) !== 'generator') break;
    window = await load.run(seconds);
  }
  return window;
}

/** Adds calls until one core has enough. Calls cannot be taken away, so it begins well below the estimate. */
async function saturate(load: Load, steady: Window, plan: Plan): Promise<Result['saturation']> {
  let calls = Math.max(steady.calls, Math.floor((0.75 * 10 * MAX_CPU_PERCENT) / steady.msPerCallSecond));
  let best: Window | undefined;
  for (let step = 0; step < plan.steps && calls <= MAX_CALLS; step += 1) {
    await load.grow(calls);
    const window = await runUndisturbed(load, plan.seconds);
    const limit = limitOf(window);
    if (limit !== undefined) return { ...(best ?? window), limitedBy: limit };
    best = window;
    // Towards the limit by what this step cost, at least a twentieth more.
    const room = MAX_CPU_PERCENT / window.cpuPercent;
    calls = Math.ceil(calls * Math.max(1.05, 1 + (room - 1) * 0.7));
  }
  return best === undefined ? undefined : { ...best, limitedBy: 'steps' };
}

/** Measures every engine at the same moments' distance: rounds alternate, so that a busy machine troubles all alike. */
export async function measure(
  targets: readonly Target[],
  scenario: Scenario,
  speech: Speech,
  plan: Plan,
  say: (text: string) => void,
): Promise<readonly Result[]> {
  const loads = targets.map((target) => ({
    target,
    load: new Load(target, scenario, speech),
    windows: [] as Window[],
  }));
  for (const { load } of loads) {
    await load.grow(plan.calls);
    // Unmeasured: compilers and caches settle.
    await load.run(plan.seconds);
  }
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const { target, load, windows } of loads) {
      const window = await load.run(plan.seconds);
      windows.push(window);
      say(`${scenario} ${target.name}: ${describe(window)}`);
    }
  }
  const results: Result[] = [];
  for (const { target, load, windows } of loads) {
    const steady = median(windows);
    if (steady === undefined) continue;
    const saturation = await saturate(load, steady, plan);
    if (saturation !== undefined) {
      say(`${scenario} ${target.name} at saturation (${saturation.limitedBy}): ${describe(saturation)}`);
    }
    results.push({
      target: target.name,
      scenario,
      steady,
      ...(saturation === undefined ? {} : { saturation }),
      verified: load.verdict(),
    });
    await load.close();
  }
  return results;
}

const describe = ({ calls, msPerCallSecond, cpuPercent, lossPercent, ...window }: Window): string =>
  `${calls} calls, ${msPerCallSecond.toFixed(2)} ms per call second, CPU ${cpuPercent.toFixed(0)}%, ` +
  `loss ${lossPercent.toFixed(2)}%, generator ${window.generatorCpuPercent.toFixed(0)}%, late ${window.lateMs.toFixed(0)} ms`;
