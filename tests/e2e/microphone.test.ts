import type { ErrorCode } from '@earshot/base';
import { wordsOf } from '@earshot/client/words';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { iframeOf } from '../faults/families/iframe.js';
import { microphoneAnswers, NO_MEDIA_DEVICES } from '../faults/scripts-in-page.js';
import { type Chromium, type ChromiumOptions, launchChromium } from '../harness/chromium.js';
import { type Firefox, type FirefoxOptions, launchFirefox } from '../harness/firefox.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import type { EvaluatingPage } from '../harness/page-audio.js';
import { hostAddress, lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';

/**
 * `provoked`: the browser says it by itself. `imitated`: the page is made to look as it does elsewhere. `recorded`: what
 * a browser answered where a person or a system was there to say it.
 */
type Means = 'provoked' | 'imitated' | 'recorded';

interface Cause {
  readonly code: ErrorCode;
  readonly name: string;
  readonly means: Means;
  /** What is known before anybody asks. */
  readonly before: string;
  /** What the call tells, in order. */
  readonly told: readonly string[];
  readonly launch?: ChromiumOptions;
  /** Runs before the page's own scripts. */
  readonly script?: string;
  /** Options of the call. */
  readonly options?: object;
  /** Done to the page once the call is connected. */
  readonly inCall?: string;
  readonly within?: 'address' | 'iframe' | 'blocked';
}

const refused = (code: ErrorCode): readonly string[] => [`refused ${code}`, `ended ${code}`];

/** The browser belongs to an organisation, and its answer is no. */
const MANAGED = `(() => {
  const answer = { state: 'denied', addEventListener() {} };
  Object.defineProperty(navigator, 'permissions', { value: { query: async () => answer } });
  Object.defineProperty(navigator, 'managed', { value: { getManagedConfiguration: async () => ({}) } });
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
})()`;

/** A question that is open for as long as nobody answers it. */
const PENDING = `(() => {
  navigator.permissions.query = async () => ({ state: 'prompt', addEventListener() {} });
  navigator.mediaDevices.getUserMedia = () => new Promise(() => {});
})()`;

const ASKED = `navigator.permissions.query = async () => ({ state: 'prompt', addEventListener() {} });`;
const answers = (name: string, message: string): string => ASKED + microphoneAnswers(name, message);

const CHROMIUM: readonly Cause[] = [
  {
    code: 'mic.insecure_context',
    name: 'http from an address',
    means: 'provoked',
    before: 'denied mic.insecure_context',
    told: refused('mic.insecure_context'),
    within: 'address',
  },
  {
    code: 'mic.blocked_by_iframe_policy',
    name: 'an iframe of another origin without allow',
    means: 'provoked',
    before: 'denied mic.blocked_by_iframe_policy',
    told: refused('mic.blocked_by_iframe_policy'),
    launch: { args: ['--disable-features=LocalNetworkAccessChecks'] },
    within: 'iframe',
  },
  {
    code: 'mic.denied_by_user',
    name: 'the question is answered with no',
    means: 'provoked',
    before: 'prompt',
    told: ['asking', ...refused('mic.denied_by_user')],
    launch: { permission: 'denied' },
  },
  {
    code: 'mic.blocked_earlier',
    name: 'blocked for this site',
    means: 'provoked',
    before: 'denied mic.blocked_earlier',
    told: refused('mic.blocked_earlier'),
    launch: { permission: 'asked' },
    within: 'blocked',
  },
  {
    code: 'mic.not_found',
    name: 'no microphone',
    means: 'provoked',
    before: 'granted mic.not_found',
    told: refused('mic.not_found'),
    launch: { microphone: 'none' },
  },
  {
    code: 'mic.device_busy',
    name: 'it cannot be started',
    means: 'provoked',
    before: 'granted',
    told: refused('mic.device_busy'),
    launch: { microphone: 'failing' },
  },
  {
    code: 'mic.stale_device',
    name: 'the device chosen earlier is gone: another one is used',
    means: 'provoked',
    before: 'granted',
    told: ['granted', 'error mic.stale_device'],
    options: { microphone: { deviceId: { exact: 'a-device-that-was-unplugged' } } },
  },
  {
    code: 'mic.silent',
    name: 'a microphone that hears nothing',
    means: 'provoked',
    before: 'granted',
    told: ['granted', 'error mic.silent'],
    inCall: '0',
    launch: { microphone: 'silent' },
  },
  {
    code: 'mic.track_ended',
    name: 'the track ends, and there is no other microphone',
    means: 'imitated',
    before: 'granted',
    told: ['granted', 'error mic.track_ended'],
    inCall: `(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'));
      const [track] = told.call.microphoneStream.getAudioTracks();
      track.stop();
      track.dispatchEvent(new Event('ended'));
    })()`,
  },
  {
    code: 'mic.interrupted',
    name: 'the track is live, and no sample comes, whatever is opened',
    means: 'imitated',
    before: 'granted',
    told: ['granted', 'microphone recovered mic.interrupted', 'error mic.interrupted'],
    inCall: `(() => {
      const own = RTCPeerConnection.prototype.getStats;
      earshotPeers.at(-1).getStats = async function () {
        const report = new Map(await own.call(this));
        for (const [id, stats] of report)
          if (stats.type === 'media-source') report.set(id, { ...stats, totalSamplesDuration: 1, totalAudioEnergy: 1 });
        return report;
      };
    })()`,
  },
  {
    code: 'mic.in_app_browser',
    name: 'a browser inside an app, without media devices',
    means: 'imitated',
    before: 'denied mic.in_app_browser',
    told: refused('mic.in_app_browser'),
    script: NO_MEDIA_DEVICES,
  },
  {
    code: 'mic.prompt_ignored',
    name: 'nobody answers, until the person gives up',
    means: 'recorded',
    before: 'prompt',
    told: ['asking', 'waiting', 'error mic.prompt_ignored', ...refused('mic.prompt_ignored')],
    script: PENDING,
  },
  {
    code: 'mic.prompt_dismissed',
    name: 'the question is closed',
    means: 'recorded',
    before: 'prompt',
    told: ['asking', ...refused('mic.prompt_dismissed')],
    script: answers('NotAllowedError', 'Permission dismissed'),
  },
  {
    code: 'mic.denied_by_system',
    name: 'the privacy settings of macOS',
    means: 'recorded',
    before: 'prompt',
    told: ['asking', ...refused('mic.denied_by_system')],
    script: answers('NotAllowedError', 'Permission denied by system'),
  },
  {
    code: 'mic.denied_by_policy',
    name: 'the policy of an organisation',
    means: 'recorded',
    before: 'denied mic.denied_by_policy',
    told: refused('mic.denied_by_policy'),
    script: MANAGED,
  },
  {
    code: 'mic.device_failed',
    name: 'it fails while it is opened',
    means: 'recorded',
    before: 'prompt',
    told: ['asking', ...refused('mic.device_failed')],
    script: answers('AbortError', 'Starting audioinput failed'),
  },
];

/** Calls, and keeps what the call tells. */
const call = (options: object): string => `(() => {
  const told = globalThis.told = Object.assign([], { call: globalThis.earshot.phone.call('echo', ${JSON.stringify(options)}) });
  told.call.on('permission', ({ state, code }) => told.push(code ? state + ' ' + code : state));
  told.call.on('microphone', ({ reason, code }) => told.push('microphone ' + reason + ' ' + code));
  told.call.on('error', ({ code }) => told.push('error ' + code));
  told.call.on('ended', ({ error }) => told.push('ended ' + error?.code));
})()`;

const BEFORE = `globalThis.earshot.phone.devices.permission().then(({ state, code }) => code ? state + ' ' + code : state)`;

/** Waits for the last of what should be told, and gives everything that was. */
async function toldOf(page: EvaluatingPage, { told, inCall }: Pick<Cause, 'told' | 'inCall'>): Promise<unknown> {
  const is = async (expression: string): Promise<true | undefined> =>
    (await page.evaluate(expression)) === true ? true : undefined;
  if (inCall !== undefined) {
    await until('connected', () => is(`told.call.state === 'connected'`), 15_000);
    await page.evaluate(inCall);
  }
  if (told.includes('waiting')) {
    await until('the question pointed at', () => is(`told.some((line) => line.startsWith('error'))`), 12_000);
    await page.evaluate('told.call.hangUp()');
  }
  await until('the last word', () => is(`told.length >= ${told.length}`), 25_000).catch(() => undefined);
  // A microphone that stays dead is tried again, now and then.
  return page.evaluate(inCall === undefined ? '[...told]' : `told.slice(0, ${told.length})`);
}

const report: string[] = [];
afterAll(() => console.info(report.sort().join('\n')));

const proven = (browser: string, { means, code, name }: Pick<Cause, 'means' | 'code' | 'name'>): void => {
  report.push(`${means.padEnd(9)} ${browser.padEnd(9)} ${code}: ${name}`);
  expect(wordsOf(code).what, 'words for it').not.toBe(wordsOf('internal.bug').what);
};

describe.skipIf(lacks('chromium'))('Chromium tells apart', () => {
  let gateway: Gateway;
  let browser: Chromium | undefined;
  const undo: (() => unknown)[] = [];
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterEach(async () => {
    await browser?.close();
    browser = undefined;
    for (const step of undo.splice(0).reverse()) await step();
  });
  afterAll(() => gateway.stop());

  async function open({ launch, script, within }: Cause): Promise<Softphone> {
    browser = await launchChromium(launch);
    const page = await browser.newPage();
    if (script !== undefined) await page.addInitScript({ content: script });
    if (within === 'blocked') {
      const cdp = await page.context().newCDPSession(page);
      const permission = { name: 'microphone' };
      await cdp.send('Browser.setPermission', { permission, setting: 'denied', origin: gateway.url });
    }
    const url = within === 'address' ? gateway.url.replace('localhost', hostAddress()) : gateway.url;
    const place = within === 'iframe' ? await (await iframeOf(url, (step) => undo.push(step)))(page) : page;
    return await Softphone.open(place, `${url}/`);
  }

  it.each(CHROMIUM)('$code: $name ($means)', async (cause) => {
    const { page } = await open(cause);
    expect(await page.evaluate(BEFORE), 'known beforehand').toBe(cause.before);
    await page.evaluate(call(cause.options ?? {}));
    expect(await toldOf(page, cause)).toEqual(cause.told);
    proven('Chromium', cause);
  });
});

/** What Firefox says by itself. It does not name a person's no apart from an earlier one, but for the time it takes. */
const FIREFOX: readonly (Pick<Cause, 'code' | 'name' | 'before' | 'told'> & { readonly launch: FirefoxOptions })[] = [
  {
    code: 'mic.blocked_earlier',
    name: 'blocked for every site',
    before: 'denied mic.blocked_earlier',
    told: refused('mic.blocked_earlier'),
    launch: { preferences: { 'media.navigator.permission.disabled': false, 'permissions.default.microphone': 2 } },
  },
  {
    code: 'mic.prompt_ignored',
    name: 'nobody answers the question, until the person gives up',
    before: 'prompt',
    told: ['asking', 'waiting', 'error mic.prompt_ignored', ...refused('mic.prompt_ignored')],
    launch: { preferences: { 'media.navigator.permission.disabled': false } },
  },
  {
    code: 'mic.stale_device',
    name: 'the device chosen earlier is gone: another one is used',
    before: 'prompt',
    told: ['asking', 'granted', 'error mic.stale_device'],
    launch: {},
  },
];

describe.skipIf(lacks('firefox-esr', 'pulseaudio'))('Firefox tells apart', () => {
  let gateway: Gateway;
  let browser: Firefox | undefined;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterEach(async () => {
    await browser?.close();
    browser = undefined;
  });
  afterAll(() => gateway.stop());

  it.each(FIREFOX)('$code: $name', async (cause) => {
    browser = await launchFirefox(cause.launch);
    const { page } = await Softphone.open(await browser.newPage(), gateway.url);
    expect(await page.evaluate(BEFORE), 'known beforehand').toBe(cause.before);
    const isStale = cause.code === 'mic.stale_device';
    await page.evaluate(call(isStale ? { microphone: { deviceId: { exact: 'a-device-that-was-unplugged' } } } : {}));
    expect(await toldOf(page, cause)).toEqual(cause.told);
    proven('Firefox', { ...cause, means: 'provoked' });
  });
});
