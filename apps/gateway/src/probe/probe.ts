import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { err, type Fault, fault, isErrorCode, ok, type Result } from '@earshot/base';
import type { IcePolicy } from '@earshot/signaling';
import { chromium, type Page } from 'playwright-core';
import { installPageProbe, type PageSightings, type ProbePath } from './page-probe.js';
import { toneWav } from './wav.js';

export interface ProbeResult {
  /** Heard in both directions. */
  readonly ok: boolean;
  readonly line: string;
  /** From the click on Call to the state "connected", in ms. */
  readonly setupMs?: number;
  /** From the click on Call to the first sound in the browser, in ms. */
  readonly firstAudioMs?: number;
  readonly heard: { readonly up: boolean; readonly down: boolean };
  readonly codec?: string;
  readonly path?: ProbePath;
  readonly fault?: Fault;
}

export interface ProbeOptions {
  readonly url: string;
  readonly line: string;
  /** How long both directions may take to be heard, in ms. */
  readonly timeoutMs: number;
  /** Of ICE, instead of what the gateway says. */
  readonly policy?: IcePolicy;
}

const TONE_HZ = 700;
const TONE_SECONDS = 4;
const POLL_MS = 50;
/** Lines that send back what they hear: the probe's own tone proves both directions. */
const ECHOES = new Set(['echo', 'slow']);
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const CHROMIUM_ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/** The Chromium to use: EARSHOT_CHROMIUM, or the first of the usual names on the path. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): Result<string> {
  const named = environment.EARSHOT_CHROMIUM;
  const folders = (environment.PATH ?? '').split(delimiter);
  const candidates = named ? [named] : BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found === undefined ? err(fault('probe.browser_missing', undefined, named)) : ok(found);
}

/** Places one real call from headless Chromium, listens both ways, hangs up. */
export async function runProbe({ url, line, timeoutMs, policy }: ProbeOptions): Promise<Result<ProbeResult>> {
  const executablePath = findChromium();
  if (!executablePath.ok) return executablePath;
  const folder = mkdtempSync(join(tmpdir(), 'earshot-probe-'));
  try {
    const microphone = join(folder, 'microphone.wav');
    writeFileSync(microphone, toneWav(TONE_HZ, TONE_SECONDS));
    const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: executablePath.value,
      args: [...CHROMIUM_ARGS, `--use-file-for-fake-audio-capture=${microphone}`],
    });
    try {
      await context.addInitScript(installPageProbe, { toneHz: TONE_HZ });
      const page = new URL(url);
      if (policy !== undefined) page.searchParams.set('policy', policy);
      return ok(await call(await context.newPage(), page.href, line, timeoutMs));
    } finally {
      await context.close();
    }
  } catch (error) {
    return err(fault('probe.browser_failed', firstLine(error)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function call(page: Page, url: string, line: string, timeoutMs: number): Promise<ProbeResult> {
  const nothing = { ok: false, line, heard: { up: false, down: false } } as const;
  try {
    await page.goto(url, { timeout: timeoutMs });
    await page.locator('#destination').fill(line, { timeout: timeoutMs });
    await page.locator('#call:enabled').click({ timeout: timeoutMs });
  } catch (error) {
    return { ...nothing, fault: fault('signaling.ws_unreachable', firstLine(error), url) };
  }
  const deadline = Date.now() + timeoutMs;
  let result = toResult(line, await look(page));
  while (!result.ok && result.fault === undefined && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    result = toResult(line, await look(page));
  }
  await page
    .locator('#hangup')
    .click({ timeout: 1_000 })
    .catch(() => {
      // The call may have ended by itself; closing the page ends it too.
    });
  return result.ok || result.fault !== undefined ? result : { ...result, fault: fault('probe.not_heard') };
}

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0] ?? '';

const look = (page: Page): Promise<PageSightings> => page.evaluate(() => globalThis.earshotProbe.sightings());

/**
 * What the sightings prove. On other lines than echoes "connected" stands for the way up: the far end's own reports, or
 * what may be presumed of one that never reports.
 */
export function toResult(line: string, sightings: PageSightings): ProbeResult {
  const { states, audioMs, toneMs, codec, path } = sightings;
  const setupMs = states.connected;
  const firstAudioMs = ECHOES.has(line) ? toneMs : audioMs;
  const up = setupMs !== undefined && (ECHOES.has(line) ? toneMs !== undefined : true);
  const down = firstAudioMs !== undefined;
  const code = sightings.fault;
  return {
    ok: up && down,
    line,
    ...(setupMs === undefined ? {} : { setupMs }),
    ...(firstAudioMs === undefined ? {} : { firstAudioMs }),
    heard: { up, down },
    ...(codec === undefined ? {} : { codec }),
    ...(path === undefined ? {} : { path }),
    ...(code === undefined || !isErrorCode(code) ? {} : { fault: fault(code) }),
  };
}
