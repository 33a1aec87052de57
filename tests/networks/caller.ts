import { launchChromium } from '../harness/chromium.js';
import { FIREFOX_MICROPHONE_HZ, launchFirefox } from '../harness/firefox.js';
import { callInPage } from '../harness/page-audio.js';
import { Softphone, type UsablePage } from '../harness/softphone.js';
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

interface Caller {
  newPage(): Promise<UsablePage & { close(): Promise<void> }>;
  close(): Promise<void>;
  readonly toneHz: number;
}

async function launch({ browser, chromiumArgs }: CallJob): Promise<Caller> {
  if (browser === 'firefox') {
    return { ...(await launchFirefox({ acceptInsecureCerts: true })), toneHz: FIREFOX_MICROPHONE_HZ };
  }
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
  }).then(
    ({ clickToToneMs, toneMs }) => ({ audioMs: clickToToneMs, toneMs }),
    (error: unknown) => ({ fault: firstLine(error) }),
  );
  await softphone.call(job.destination);
  const result = await heard;
  const { pair, candidates, pairs } = await callInPage(page, readPath, undefined);
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

const firstLine = (error: unknown): string => {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
  return line.replace(/^page\.evaluate: Error: /, '');
};

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
