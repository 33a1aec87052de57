import { callInPage } from '../harness/page-audio.js';
import { Softphone, type UsablePage } from '../harness/softphone.js';
import type { Path } from './catalog.js';
import { listenForTone, readPath, type SelectedPair } from './in-page.js';

/**
 * Runs inside a client's namespace: opens a browser, and for each call the page anew, calls, listens, and writes what
 * came of them as one line of JSON. `node scripts/run.mjs tests/networks/caller.ts JOB`
 */
export interface CallJob {
  readonly browser: 'chromium' | 'firefox';
  readonly url: string;
  readonly destination: string;
  readonly chromiumArgs: readonly string[];
  readonly calls: number;
  /** Of the path that the call has to end up on. */
  readonly pathKind: Path['kind'];
  /** From the click to the proof that the tone came back. */
  readonly timeoutMs: number;
}

export interface CallOutcome {
  /** Why the call was not heard. */
  readonly fault?: string;
  readonly callId: string;
  /** Of the browser's microphone. */
  readonly toneHz: number;
  /** From the click to the first block that was the tone. */
  readonly audioMs?: number;
  readonly toneMs?: number;
  readonly pair?: SelectedPair;
  readonly states: readonly string[];
  readonly candidates: readonly string[];
  readonly pairs: readonly string[];
  /** The SDK's own milestones. */
  readonly report: unknown;
  /** Until the page could call. */
  readonly pageMs: number;
}

const CHROMIUM_MICROPHONE_HZ = 740;
/** Of the bursts that sound for 400 of every 500 ms. */
const ENOUGH_MS = 600;
const SETTLE_MS = 3000;

interface Caller {
  newPage(): Promise<UsablePage & { close(): Promise<void> }>;
  close(): Promise<void>;
  readonly toneHz: number;
}

/** Of the two drivers only the one that is needed is loaded: that takes half of the time before the browser starts. */
async function launch({ browser, chromiumArgs }: CallJob): Promise<Caller> {
  if (browser === 'firefox') {
    const { FIREFOX_MICROPHONE_HZ, launchFirefox } = await import('../harness/firefox.js');
    return { ...(await launchFirefox({ acceptInsecureCerts: true })), toneHz: FIREFOX_MICROPHONE_HZ };
  }
  const { launchChromium } = await import('../harness/chromium.js');
  const chromium = await launchChromium({ microphone: CHROMIUM_MICROPHONE_HZ, args: chromiumArgs });
  return { ...chromium, toneHz: CHROMIUM_MICROPHONE_HZ };
}

async function call(page: UsablePage, toneHz: number, job: CallJob): Promise<CallOutcome> {
  const started = performance.now();
  const softphone = await Softphone.open(page, job.url);
  const pageMs = performance.now() - started;
  const heard = callInPage(page, listenForTone, {
    button: '#call',
    frequencyHz: toneHz,
    enoughMs: ENOUGH_MS,
    timeoutMs: job.timeoutMs,
  });
  await softphone.call(job.destination);
  const result = await heard;
  const { pair, candidates, pairs } = await settledPath(page, job);
  const code = await softphone.error();
  const outcome: CallOutcome = {
    ...result,
    ...(pair === undefined ? {} : { pair }),
    toneHz,
    callId: String(await page.evaluate(`globalThis.earshot.call?.id ?? ''`)),
    states: [...(await softphone.states()), ...(code === '' ? [] : [code])],
    candidates,
    pairs,
    report: await page.evaluate(`globalThis.earshot.call?.report ?? {}`),
    pageMs,
  };
  if (await page.evaluate(`!!document.querySelector('#hangup')`)) {
    await softphone.hangUp();
    await softphone.reaches('ended');
  }
  return outcome;
}

/** A browser may begin on a relay, where the first checks of a better pair were lost, and change soon. */
async function settledPath(page: UsablePage, { pathKind }: CallJob): Promise<Awaited<ReturnType<typeof readPath>>> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const path = await callInPage(page, readPath, undefined);
    const kind = path.pair?.localType === 'relay' ? 'relay' : 'direct';
    if (path.pair === undefined || kind === pathKind || performance.now() > deadline) return path;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function run(job: CallJob): Promise<readonly CallOutcome[]> {
  const browser = await launch(job);
  try {
    const outcomes: CallOutcome[] = [];
    for (let index = 0; index < job.calls; index += 1) {
      const page = await browser.newPage();
      outcomes.push(await call(page, browser.toneHz, job));
      await page.close();
    }
    return outcomes;
  } finally {
    await browser.close();
  }
}

const job: CallJob = JSON.parse(process.argv[2] ?? '');
console.log(JSON.stringify(await run(job)));
