import type { ErrorCode } from '@earshot/base';
import { microphoneAnswers, PLAY_REFUSED } from '../scripts-in-page.js';
import type { Family, FaultDefinition } from '../types.js';

/** What browsers answered where a person or a system had to say it, played back. */

const answered = (
  name: string,
  title: string,
  code: ErrorCode,
  exception: string,
  message: string,
): FaultDefinition => ({
  name,
  title,
  means: 'recorded',
  truth: { code, side: 'caller' },
  async run({ plain, open }) {
    const { browser, url, admin } = await plain();
    const caller = await open({ browser, url, before: [microphoneAnswers(exception, message)] });
    const t0 = Date.now();
    const callId = await caller.call('echo');
    return {
      admin,
      callId,
      t0,
      proof: async () =>
        Number(await caller.evaluate('globalThis.answeredWith')) > 0
          ? `answered with ${exception}: ${message}`
          : undefined,
    };
  },
});

/** Nobody answers: the promise stays as it is. */
const PENDING = `MediaDevices.prototype.getUserMedia = () => new Promise(() => {}); globalThis.answeredWith = 1;`;

export const recorded: Family = {
  name: 'recorded',
  namespaces: false,
  atOnce: 3,
  faults: [
    answered(
      'mic-denied-by-system',
      'macOS does not let the browser use the microphone',
      'mic.denied_by_system',
      'NotAllowedError',
      'Permission denied by system',
    ),
    answered(
      'mic-prompt-closed',
      'the question for the microphone is closed',
      'mic.prompt_dismissed',
      'NotAllowedError',
      'Permission dismissed',
    ),
    answered(
      'mic-failed',
      'the microphone fails while it is opened',
      'mic.device_failed',
      'AbortError',
      'Starting audioinput failed',
    ),
    {
      name: 'mic-prompt-ignored',
      title: 'nobody answers the question for the microphone',
      means: 'recorded',
      truth: { code: 'mic.prompt_ignored', side: 'caller' },
      // The gateway hears of the call when the caller gives up.
      live: false,
      waitMs: 14_000,
      async run({ plain, launch, open }) {
        const { url, admin } = await plain();
        const browser = await launch({ permission: 'asked' });
        const caller = await open({ browser, url, before: [PENDING] });
        const t0 = Date.now();
        const callId = await caller.call('echo');
        return { admin, callId, t0, proof: async () => 'the promise of getUserMedia was left open' };
      },
    },
    {
      name: 'playout-autoplay-blocked',
      title: 'the browser waits for a tap before it plays sound',
      means: 'recorded',
      truth: { code: 'playout.autoplay_blocked', side: 'caller' },
      async run({ plain, open, user }) {
        const { browser, url, admin, peer } = await plain();
        await peer.expect(user, {});
        const caller = await open({ browser, url, before: [PLAY_REFUSED] });
        const t0 = Date.now();
        const callId = await caller.connect(user);
        return {
          admin,
          callId,
          t0,
          proof: async () =>
            Number(await caller.evaluate('globalThis.answeredWith')) > 0 ? 'play() was refused' : undefined,
        };
      },
    },
    {
      name: 'mic-interrupted',
      title: 'a phone call takes the microphone away',
      means: 'recorded',
      truth: { code: 'mic.interrupted', side: 'caller' },
      async run({ plain, open, user }) {
        const { browser, url, admin, peer } = await plain();
        await peer.expect(user, {});
        const caller = await open({ browser, url });
        const callId = await caller.connect(user);
        await caller.page.waitForTimeout(1500);
        const t0 = Date.now();
        await caller.evaluate(`(() => {
          const [track] = globalThis.earshot.call.microphoneStream.getAudioTracks();
          Object.defineProperty(track, 'muted', { get: () => true });
          track.dispatchEvent(new Event('mute'));
        })()`);
        return { admin, callId, t0, proof: async () => 'the track said mute, as iOS has it say' };
      },
    },
  ],
};
