import type { ErrorCode } from '@earshot/base';
import type { ChromiumOptions } from '../../harness/chromium.js';
import { hostAddress } from '../../harness/peers.js';
import type { Caller, CallerOptions } from '../caller.js';
import { NO_MEDIA_DEVICES } from '../scripts-in-page.js';
import { speech } from '../sounds.js';
import type { Family, FaultContext, FaultDefinition } from '../types.js';
import { iframeOf } from './iframe.js';
import { takeCall } from './incoming.js';

/** The call ends before it begins, since there is no microphone. */
function refused(
  name: string,
  title: string,
  code: ErrorCode,
  options: {
    readonly launch?: ChromiumOptions;
    readonly page?: (context: FaultContext, url: string) => Promise<Partial<CallerOptions>> | Partial<CallerOptions>;
    readonly call?: (caller: Caller) => Promise<string>;
    /** What the browser itself says, and what it has to be. */
    readonly proof: readonly [expression: string, wanted: string];
  },
): FaultDefinition {
  const { launch, page, call = (caller) => caller.call('echo'), proof } = options;
  return {
    name,
    title,
    means: launch === undefined ? 'page' : 'device',
    truth: { code, side: 'caller' },
    async run(context) {
      const plain = await context.plain();
      const browser = launch === undefined ? plain.browser : await context.launch(launch);
      const own = (await page?.(context, plain.url)) ?? {};
      const caller = await context.open({ browser, url: plain.url, ...own });
      const t0 = Date.now();
      const callId = await call(caller);
      return {
        admin: plain.admin,
        callId,
        t0,
        proof: async () => {
          const is = JSON.stringify(await caller.evaluate(proof[0]).catch(String));
          return is === proof[1] ? `in the browser ${proof[0]} is ${is}` : undefined;
        },
      };
    },
  };
}

/** A page of another origin on this machine may not reach the gateway here: of one on the internet nobody asks. */
const PAGES_MAY_ASK_THIS_MACHINE = ['--disable-features=LocalNetworkAccessChecks'];

/** From now on the browser finds none. */
const NO_OTHER_MICROPHONE = `MediaDevices.prototype.getUserMedia = () =>
  Promise.reject(new DOMException('Requested device not found', 'NotFoundError'))`;

/** What getUserMedia itself answers, asked once more. */
const ASK_AGAIN = (audio = 'true') =>
  `navigator.mediaDevices.getUserMedia({ audio: ${audio} }).then(() => 'granted', ({ name }) => name)`;

/** What the browser counts of the microphone, as bursts: energy of half a second. */
async function energyPerSecond(caller: Caller): Promise<number> {
  const before = await caller.figures();
  await caller.page.waitForTimeout(1000);
  const after = await caller.figures();
  const seconds = (after.micSeconds ?? 0) - (before.micSeconds ?? 0);
  return seconds <= 0 ? Number.NaN : ((after.micEnergy ?? 0) - (before.micEnergy ?? 0)) / seconds;
}

/** A call with a microphone that does not do what it should. */
const heardBadly = (
  name: string,
  title: string,
  code: ErrorCode,
  microphone: NonNullable<ChromiumOptions['microphone']>,
  isProven: (energy: number) => boolean,
  constraints?: object,
): FaultDefinition => ({
  name,
  title,
  means: 'device',
  truth: { code, side: 'caller' },
  waitMs: 15_000,
  async run({ plain, launch, open, user }) {
    const { url, admin, peer } = await plain();
    await peer.expect(user, {});
    const browser = await launch({ microphone });
    const caller = await open({ browser, url });
    const callId = await caller.connect(user, constraints);
    return {
      admin,
      callId,
      t0: Date.now(),
      proof: async () => {
        const energy = await energyPerSecond(caller);
        return isProven(energy) ? `the browser measures an energy of ${energy.toExponential(1)} a second` : undefined;
      },
    };
  },
});

/** Something happens to the microphone while the call runs. */
const lost = (
  name: string,
  title: string,
  truth: FaultDefinition['truth'],
  action: string,
  proof: (caller: Caller) => Promise<string | undefined>,
): FaultDefinition => ({
  name,
  title,
  means: 'device',
  truth,
  async run({ plain, open, user }) {
    const { browser, url, admin, peer } = await plain();
    await peer.expect(user, {});
    const caller = await open({ browser, url });
    const callId = await caller.connect(user);
    await caller.page.waitForTimeout(2500);
    const t0 = Date.now();
    await caller.evaluate(action);
    return { admin, callId, t0, proof: () => proof(caller) };
  },
});

async function isSilentAtTheSource(caller: Caller): Promise<string | undefined> {
  const energy = await energyPerSecond(caller);
  return Number.isNaN(energy) || energy < 1e-7 ? `the browser measures ${energy} a second` : undefined;
}

const NOT_THERE = '{ deviceId: { exact: "a-device-that-was-unplugged" } }';

const deniedAsCallee: FaultDefinition = {
  name: 'mic-denied-as-callee',
  title: 'somebody calls, and the page may not use the microphone',
  means: 'device',
  truth: { code: 'mic.denied_by_user', side: 'callee' },
  async run({ plain, launch, open, user }) {
    const { url, admin, peer, gateway } = await plain();
    const browser = await launch({ permission: 'denied' });
    const caller = await open({ browser, url });
    const callId = await takeCall(caller, { peer, gateway, user });
    return {
      admin,
      callId,
      t0: Date.now(),
      proof: async () =>
        (await caller.evaluate(ASK_AGAIN())) === 'NotAllowedError' ? 'the browser denies it' : undefined,
    };
  },
};

export const microphone: Family = {
  name: 'microphone',
  namespaces: false,
  atOnce: 3,
  faults: [
    refused('mic-insecure', 'the page is opened over http from an address', 'mic.insecure_context', {
      page: (_context, url) => ({ url: url.replace('localhost', hostAddress()) }),
      proof: ['isSecureContext', 'false'],
    }),
    refused(
      'mic-iframe',
      'the page is in an iframe of another origin without allow="microphone"',
      'mic.blocked_by_iframe_policy',
      {
        launch: { args: PAGES_MAY_ASK_THIS_MACHINE },
        page: async ({ defer }, url) => ({ within: await iframeOf(url, defer) }),
        proof: [`document.featurePolicy.allowsFeature('microphone')`, 'false'],
      },
    ),
    refused('mic-in-app', 'the browser inside an app has no media devices', 'mic.in_app_browser', {
      page: () => ({ before: [NO_MEDIA_DEVICES] }),
      proof: [`typeof navigator.mediaDevices`, '"undefined"'],
    }),
    refused('mic-denied', 'the question for the microphone is answered with no', 'mic.denied_by_user', {
      launch: { permission: 'denied' },
      proof: [ASK_AGAIN(), '"NotAllowedError"'],
    }),
    refused('mic-blocked-earlier', 'the microphone was blocked for this site before', 'mic.blocked_earlier', {
      launch: { permission: 'asked' },
      page: (_context, url) => ({
        prepare: async (page) => {
          const cdp = await page.context().newCDPSession(page);
          const permission = { name: 'microphone' };
          await cdp.send('Browser.setPermission', { permission, setting: 'denied', origin: url });
        },
      }),
      proof: [`navigator.permissions.query({ name: 'microphone' }).then(({ state }) => state)`, '"denied"'],
    }),
    refused('mic-not-found', 'there is no microphone', 'mic.not_found', {
      launch: { microphone: 'none' },
      proof: [ASK_AGAIN(), '"NotFoundError"'],
    }),
    refused('mic-busy', 'the microphone cannot be started', 'mic.device_busy', {
      launch: { microphone: 'failing' },
      proof: [ASK_AGAIN(), '"NotReadableError"'],
    }),
    refused('mic-stale', 'the microphone that was chosen earlier is gone, and there is no other', 'mic.not_found', {
      launch: { microphone: 'none' },
      call: (caller) => caller.callWith('echo', { microphone: { deviceId: { exact: 'a-device-that-was-unplugged' } } }),
      proof: [ASK_AGAIN(NOT_THERE), '"NotFoundError"'],
    }),
    deniedAsCallee,
    heardBadly('mic-silent', 'the microphone picks up nothing from the start', 'mic.silent', 'silent', (e) => e < 1e-7),
    heardBadly(
      'mic-too-quiet',
      'the microphone picks up speech far too quietly',
      'mic.low_level',
      speech({ seconds: 30, level: 0.004, noise: 0.00005 }),
      (e) => e > 1e-9 && e < 1e-4,
      // With it, the browser would make up for it.
      { microphone: { autoGainControl: false } },
    ),
    heardBadly(
      'mic-clipping',
      'the microphone is overdriven',
      'mic.clipping',
      speech({ seconds: 30, level: 6 }),
      (e) => e > 0.05,
    ),
    lost(
      'mic-track-ended',
      'the microphone stops in mid-call',
      { code: 'mic.track_ended', side: 'caller' },
      // With another one, nobody would notice.
      `${NO_OTHER_MICROPHONE}; globalThis.earshot.call.microphoneStream.getAudioTracks()[0].stop()`,
      async (caller) => {
        const state = await caller.evaluate(`globalThis.earshot.call.microphoneStream.getAudioTracks()[0].readyState`);
        return state === 'ended' ? 'the track has ended' : undefined;
      },
    ),
    lost(
      'mic-no-track',
      'the page takes the microphone off the call',
      { code: 'mic.no_track', side: 'caller' },
      `globalThis.earshotPeers.at(-1).getSenders()[0].replaceTrack(null)`,
      async (caller) => {
        const gone = await caller.evaluate(
          `globalThis.earshotPeers.at(-1).getSenders().every(({ track }) => track === null)`,
        );
        return gone === true ? 'no sender has a track' : undefined;
      },
    ),
    lost(
      'mic-muted',
      'the caller speaks while muted on the page',
      { code: 'mic.muted_in_app', side: 'caller', weight: 'hint' },
      `globalThis.earshot.call.mute()`,
      isSilentAtTheSource,
    ),
  ],
};
