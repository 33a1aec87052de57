import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { type Chromium, launchChromium } from '../../harness/chromium.js';
import { startGateway } from '../../harness/gateway.js';
import { Softphone } from '../../harness/softphone.js';
import { quantile } from './stores.js';

export interface SdkResult {
  readonly measure: 'sdk';
  /** All of Chromium's processes, with collection less without, in percent of a core: the median of pairs of windows. */
  readonly cpuPercent: number;
  /** The smallest and the largest difference of a pair: what the machine does besides is in them, too. */
  readonly cpuPercentFrom: number;
  readonly cpuPercentTo: number;
  /** The same of the page's main thread alone. */
  readonly mainThreadPercent: number;
  /** Evidence from the first to the last moment of a call, in bytes of JSON. */
  readonly bytesPerSecond: number;
  readonly seconds: number;
}

const MARK = '--earshot-bench-sdk';
const WINDOW_MS = 4000;
const PAIRS = 6;
/** What waited meanwhile comes at once: it belongs to neither window. */
const SETTLE_MS = 1000;
/** Jiffies of /proc, in ms. */
const JIFFY_MS = 10;

/** Statistics can be held back: whoever asks for them waits, and so there is nothing to make samples of. */
const HOLD_STATISTICS = `(() => {
  const getStats = RTCPeerConnection.prototype.getStats;
  let held = Promise.resolve();
  let release = () => {};
  RTCPeerConnection.prototype.getStats = async function (...args) {
    await held;
    return getStats.apply(this, args);
  };
  globalThis.holdStatistics = (hold) => {
    release();
    if (hold) held = new Promise((resolve) => { release = resolve; });
  };
})()`;

interface Process {
  readonly id: number;
  readonly parent: number;
  readonly cpuMs: number;
}

function processes(): readonly Process[] {
  return readdirSync('/proc').flatMap((name): readonly Process[] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The name, in brackets, may hold anything; field 3 follows it.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return [
        { id: Number(name), parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * JIFFY_MS },
      ];
    } catch {
      // It is gone.
      return [];
    }
  });
}

function markedProcess(): number {
  const found = processes().find(({ id }) => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(MARK);
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error('Chromium is not to be found');
  return found.id;
}

/** CPU time of a process and all below it, in ms. */
function cpuOf(root: number): number {
  const all = processes();
  const family = new Set([root]);
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const { id, parent } of all) if (family.has(parent)) family.add(id);
  }
  return all.reduce((sum, { id, cpuMs }) => sum + (family.has(id) ? cpuMs : 0), 0);
}

async function connected(page: Page, url: string): Promise<Softphone> {
  const softphone = await Softphone.open(page, url);
  await softphone.call('echo');
  await softphone.reaches('connected');
  return softphone;
}

/** Bytes of evidence of one call, from its first message to its last. */
async function measureBytes(browser: Chromium, url: string, seconds: number): Promise<number> {
  const page = await browser.newPage();
  let bytes = 0;
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const text = payload.toString();
      if (text.includes('"call.evidence"')) bytes += Buffer.byteLength(text);
    });
  });
  const begun = performance.now();
  const softphone = await connected(page, url);
  await pause(seconds * 1000 - (performance.now() - begun));
  await softphone.hangUp();
  await softphone.reaches('ended');
  await pause(SETTLE_MS);
  await page.close();
  if (bytes === 0) throw new Error('no evidence was sent');
  return bytes / seconds;
}

/** One call, in which windows with and without collection take turns. */
async function measureCpu(browser: Chromium, url: string): Promise<readonly { cpu: number; mainThread: number }[]> {
  const page = await browser.newPage();
  await page.addInitScript(HOLD_STATISTICS);
  const root = markedProcess();
  await connected(page, url);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const taskMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
  };
  const measured = async (isHeld: boolean) => {
    await page.evaluate(`holdStatistics(${isHeld})`);
    await pause(SETTLE_MS);
    const [cpuBefore, taskBefore, begun] = [cpuOf(root), await taskMs(), performance.now()];
    await pause(WINDOW_MS);
    const [cpuAfter, taskAfter] = [cpuOf(root), await taskMs()];
    const percent = 100 / (performance.now() - begun);
    return { cpu: (cpuAfter - cpuBefore) * percent, mainThread: (taskAfter - taskBefore) * percent };
  };
  const pairs: { cpu: number; mainThread: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    // What drifts is in both orders.
    const isHeldFirst = pair % 2 === 1;
    const first = await measured(isHeldFirst);
    const second = await measured(!isHeldFirst);
    const [held, collecting] = isHeldFirst ? [first, second] : [second, first];
    pairs.push({ cpu: collecting.cpu - held.cpu, mainThread: collecting.mainThread - held.mainThread });
  }
  await page.close();
  return pairs;
}

export async function measureSdk(seconds: number, say: (text: string) => void): Promise<SdkResult> {
  const gateway = await startGateway({ turn: { enabled: false }, log: { level: 'info' } });
  const browser = await launchChromium({ args: [MARK] });
  try {
    say('SDK: bytes');
    const bytesPerSecond = await measureBytes(browser, gateway.url, seconds);
    say('SDK: CPU');
    const pairs = await measureCpu(browser, gateway.url);
    const cpu = pairs.map((pair) => pair.cpu);
    return {
      measure: 'sdk',
      cpuPercent: quantile(cpu, 0.5),
      cpuPercentFrom: Math.min(...cpu),
      cpuPercentTo: Math.max(...cpu),
      mainThreadPercent: quantile(
        pairs.map(({ mainThread }) => mainThread),
        0.5,
      ),
      bytesPerSecond,
      seconds,
    };
  } finally {
    await browser.close();
    await gateway.stop();
  }
}
