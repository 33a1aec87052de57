import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Diagnosis } from '@earshot/diagnosis';
import type { CallTimeline, LegFigures } from '@earshot/telemetry';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks, programPath } from '../harness/peers.js';
import { startProgram, temporaryFolder, until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

const run = promisify(execFile);
const EARSHOT = fileURLToPath(new URL('../../apps/gateway/bin/earshot.mjs', import.meta.url));
const folder = temporaryFolder('dumps');

/** A call must last until a symptom is beyond doubt. */
const CALL_MS = 7_500;

/** The three dumps of one call: two that Chromium itself writes, and one by the library in the page. */
const KINDS = ['webrtc-internals', 'rtcstats of Chromium', 'rtcstats of a page'] as const;
type Kind = (typeof KINDS)[number];
type Dumps = Readonly<Record<Kind, string>>;

interface Judged {
  readonly format: string;
  readonly calls: readonly { readonly timeline: CallTimeline; readonly diagnosis: Diagnosis }[];
}

async function diagnosed(path: string): Promise<Judged> {
  const { stdout } = await run(process.execPath, [EARSHOT, 'diagnose', path, '--json'], { maxBuffer: 64 << 20 });
  return JSON.parse(stdout) as Judged;
}

/**
 * The rtcstats package as a script for pages, its lines kept in the page instead of sent to a server. It decides by
 * navigator.webkitGetUserMedia which getStats there is; in today's Chromium, that of promises.
 */
function rtcstatsScript(): string {
  const source = readFileSync(createRequire(import.meta.url).resolve('rtcstats'), 'utf8');
  return `(() => {
    Object.defineProperty(Navigator.prototype, 'webkitGetUserMedia', { value: undefined, configurable: true });
    const module = { exports: {} };
    ((module, exports) => { ${source}
    })(module, module.exports);
    globalThis.rtcstatsLines = [];
    const trace = (...args) => globalThis.rtcstatsLines.push(JSON.stringify([...args, Date.now()]));
    module.exports(trace, 1000, ['']);
  })()`;
}

/** Presses a button of chrome://webrtc-internals that downloads; gives the path of the file. */
async function download(internals: Page, button: string, name: string): Promise<string> {
  const [file] = await Promise.all([
    internals.waitForEvent('download'),
    internals.evaluate(`document.querySelector('#${button}').click()`),
  ]);
  const path = join(folder.path, name);
  await file.saveAs(path);
  return path;
}

/** Makes a call, and all three dumps of it while it runs. */
async function dumpCall(browser: Chromium, gateway: Gateway, line: string, name: string): Promise<Dumps> {
  const internals = await browser.newPage();
  await internals.goto('chrome://webrtc-internals');
  const page = await browser.newPage();
  await page.addInitScript(rtcstatsScript());
  const softphone = await Softphone.open(page, gateway.url);
  await softphone.call(line);
  // Most calls are connected a moment later; one on which nothing is heard stays answered.
  await until('an answer', async () => (await softphone.states()).includes('answered') || undefined, 20_000);
  await page.waitForTimeout(CALL_MS);
  const lines = (await page.evaluate('globalThis.rtcstatsLines')) as string[];
  const own = join(folder.path, `${name}-page.txt`);
  // As a server of rtcstats writes it: whom it is of, then what came.
  writeFileSync(
    own,
    [JSON.stringify({ userAgent: await page.evaluate('navigator.userAgent'), fileFormat: 2 }), ...lines].join('\n'),
  );
  const dumps = {
    'webrtc-internals': await download(internals, 'dump-click-target', `${name}-internals.gz`),
    'rtcstats of Chromium': await download(internals, 'dump-click-target-rtcstats', `${name}-rtcstats.gz`),
    'rtcstats of a page': own,
  };
  await softphone.hangUp();
  await Promise.all([page.close(), internals.close()]);
  return dumps;
}

describe.skipIf(lacks('chromium'))('dumps of calls in Chromium', () => {
  let gateway: Gateway | undefined;
  const browsers: Chromium[] = [];
  let healthy: Dumps;
  let unheard: Dumps;
  let mute: Dumps;

  const captured = join(folder.path, 'calls.pcapng');

  beforeAll(async () => {
    gateway = await startGateway();
    // Of all interfaces: browser and gateway speak over this machine's own address, the gateway and its lines over loopback.
    const capture = lacks('tshark')
      ? undefined
      : startProgram(programPath('tshark'), ['-i', 'any', '-w', captured, '-q', '-f', 'udp']);
    const launched = await Promise.all([launchChromium(), launchChromium({ microphone: 'silent' }), launchChromium()]);
    browsers.push(...launched);
    const [first, silent, second] = launched;
    [healthy, mute, unheard] = await Promise.all([
      dumpCall(first, gateway, 'echo', 'healthy'),
      dumpCall(silent, gateway, 'music', 'mute'),
      dumpCall(second, gateway, 'silent', 'unheard'),
    ]);
    await capture?.stop();
  });
  afterAll(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await gateway?.stop();
    folder.remove();
  });

  it.skipIf(lacks('tshark'))('a capture of the same calls holds their SIP, and the way of each browser', async () => {
    const { format, calls } = await diagnosed(captured);
    expect(format).toBe('pcapng');
    const of = (kind: 'browser' | 'sip'): readonly CallTimeline[] =>
      calls.map(({ timeline }) => timeline).filter(({ caller }) => caller === kind);
    for (const dialog of of('sip').slice(0, 3))
      expect(dialog.entries.some(({ event }) => event.type === 'sip.message')).toBe(true);
    expect(of('sip').length).toBeGreaterThanOrEqual(3);
    const flights = of('browser').map(({ entries }) =>
      entries.flatMap(({ event }) => (event.type === 'dtls.flight' && !event.retransmission ? [event.flight] : [])),
    );
    const whole = flights.filter((one) => [1, 4, 5, 6].every((flight) => one.includes(flight as 1)));
    expect(whole.length).toBeGreaterThanOrEqual(3);
    const sent = of('browser').map(({ samples }) =>
      samples.slice(2).map(({ figures }) => (figures as LegFigures).packetsSent),
    );
    const isServed = (packets: readonly number[]): boolean => packets.reduce((total, count) => total + count, 0) > 150;
    expect(sent.filter(isServed).length).toBeGreaterThanOrEqual(2);
    // To the browser whose far end sends nothing, nothing goes.
    expect(sent.some((packets) => packets.length > 3 && packets.every((count) => count === 0))).toBe(true);
  });

  describe.each(KINDS)('%s', (kind) => {
    /** The one call of a dump. */
    async function callOf(dumps: Dumps) {
      const { format, calls } = await diagnosed(dumps[kind]);
      expect(format).toBe(kind.split(' ')[0]);
      const [call, ...more] = calls;
      if (call === undefined || more.length > 0) throw new Error(`${calls.length} calls`);
      return call;
    }

    it('of a call that is as it should be has nothing against it, and tells how it was', async () => {
      const { timeline, diagnosis } = await callOf(healthy);
      // A machine that is short of time degrades a call for real, and the dumps say so.
      expect(diagnosis.verdicts.filter(({ weight }) => weight === 'fault')).toEqual([]);
      expect(diagnosis.coverage.cannot.length).toBeGreaterThan(0);
      const types = new Set(timeline.entries.map(({ event }) => event.type));
      for (const type of ['client.info', 'mic.asked', 'mic.opened', 'sdp.set', 'ice.candidate', 'ice.pair'] as const) {
        expect(types, type).toContain(type);
      }
      const whole = timeline.samples.slice(1).map(({ figures }) => figures);
      expect(whole.length).toBeGreaterThan(4);
      expect(whole.at(-1)).toMatchObject({ decoder: 'opus', dtlsState: 'connected' });
      const heard = whole.filter((figures) => 'remoteEnergy' in figures && (figures.remoteEnergy ?? 0) > 0.001);
      expect(heard.length).toBeGreaterThan(1);
    });

    it('of a microphone that picks up nothing names it', async () => {
      const { diagnosis } = await callOf(mute);
      expect(diagnosis.verdicts[0]).toMatchObject({ code: 'mic.silent', side: 'caller', layer: 'device' });
    });

    it('of a far end that sends nothing says that nothing comes', async () => {
      const { diagnosis } = await callOf(unheard);
      expect(diagnosis.verdicts[0]).toMatchObject({ code: 'media.one_way_downlink', weight: 'fault' });
    });
  });
});
