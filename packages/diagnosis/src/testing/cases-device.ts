import type { ErrorCode } from '@earshot/base';
import { CallWriter } from './call-writer.js';
import type { Case } from './cases.js';

const call = (): CallWriter => new CallWriter();

/** A call that never came to its start, since the microphone could not be had. */
const refused = (
  code: ErrorCode,
  said: ErrorCode,
  message: string,
  asked: { permission?: 'denied' | 'prompt'; secure?: boolean } = {},
): Case => ({
  code,
  name: `getUserMedia fails: ${message}`,
  side: 'caller',
  weight: 'fault',
  write: () =>
    call()
      .browser({ type: 'mic.asked', secure: true, listed: 1, ...asked })
      .after(900)
      .browser({ type: 'mic.failed', code: said, name: 'NotAllowedError', message })
      .ends(said, 'caller'),
});

const CHROMIUM = { name: 'Chromium', version: '156', os: 'Linux' } as const;

export const DEVICE_CASES: readonly Case[] = [
  refused('mic.denied_by_user', 'mic.denied_by_user', 'Permission denied', { permission: 'prompt' }),
  refused('mic.blocked_earlier', 'mic.denied_by_user', 'Permission denied', { permission: 'denied' }),
  refused('mic.denied_by_system', 'mic.denied_by_user', 'Permission denied by system'),
  refused('mic.prompt_dismissed', 'mic.denied_by_user', 'Permission dismissed'),
  refused('mic.not_found', 'mic.not_found', 'Requested device not found'),
  refused('mic.device_busy', 'mic.device_busy', 'Could not start audio source'),
  refused('mic.stale_device', 'mic.stale_device', ''),
  refused('mic.insecure_context', 'mic.insecure_context', 'undefined', { secure: false }),
  refused('mic.blocked_by_iframe_policy', 'mic.blocked_by_iframe_policy', 'Permission denied'),
  refused('mic.in_app_browser', 'mic.in_app_browser', ''),
  refused('mic.denied_by_policy', 'mic.denied_by_policy', ''),
  {
    code: 'mic.prompt_ignored',
    name: 'the question stays open until the caller gives up',
    side: 'caller',
    weight: 'fault',
    write: () =>
      call()
        .browser({ type: 'mic.asked', secure: true, permission: 'prompt' })
        .after(5_000)
        .browser({ type: 'mic.waiting', waitedMs: 5_000 })
        .ends('mic.prompt_ignored', 'caller'),
  },
  {
    code: 'mic.muted_in_app',
    name: 'the page mutes: energy exactly 0, packets go on',
    side: 'caller',
    weight: 'hint',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .browser({ type: 'mic.track', state: 'disabled' })
        .runs(10, { page: { micEnergy: 0 } })
        .ends(),
  },
  {
    code: 'mic.silent',
    name: 'the track is live and carries about 1e-9',
    side: 'caller',
    weight: 'fault',
    symptomMs: 1_170,
    write: () =>
      call()
        .connects()
        .runs(12, { page: { micEnergy: 1e-9, bytesSent: 400 } })
        .ends(),
  },
  {
    code: 'mic.silent',
    name: 'exactly 0 with a live track is no mute',
    side: 'caller',
    weight: 'fault',
    symptomMs: 1_170,
    write: () =>
      call()
        .connects()
        .runs(12, { page: { micEnergy: 0 } })
        .ends(),
  },
  {
    code: 'mic.track_ended',
    name: 'the microphone is pulled out',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .browser({ type: 'mic.track', state: 'ended' })
        .runs(8, { page: { micEnergy: 0, micSeconds: 0, packetsSent: 0 }, caller: { packetsReceived: 0 } })
        .ends(),
  },
  {
    code: 'mic.track_ended',
    name: 'source and packets stand still, and nothing is said',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(8, { page: { micEnergy: 0, micSeconds: 0, packetsSent: 0 }, caller: { packetsReceived: 0 } })
        .ends(),
  },
  {
    code: 'mic.no_track',
    name: 'the page takes the track away',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(8, {
          page: { micEnergy: undefined, micSeconds: undefined, packetsSent: 0 } as never,
          caller: { packetsReceived: 0 },
        })
        .ends(),
  },
  {
    code: 'mic.interrupted',
    name: 'the system mutes the track',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .browser({ type: 'mic.track', state: 'muted' })
        .runs(8, { page: { micEnergy: 0 } })
        .ends(),
  },
  {
    code: 'mic.low_level',
    name: 'speech that is hardly there',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      call()
        .connects()
        .runs(20, { page: (i) => ({ micEnergy: i % 3 === 0 ? 2e-7 : 1.6e-5 }) })
        .ends(),
  },
  {
    code: 'mic.clipping',
    name: 'the level stays at full scale',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      call()
        .connects()
        .runs(15, { page: { micEnergy: 0.97 } })
        .ends(),
  },
  {
    code: 'playout.not_rendered',
    name: 'packets flow, and energy is exactly flat',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(10, { page: { remoteEnergy: 0, remoteSeconds: 0, samplesReceived: 0 } })
        .ends(),
  },
  {
    code: 'playout.autoplay_blocked',
    name: 'play() is refused and figures are normal',
    side: 'caller',
    weight: 'fault',
    symptomMs: 1_270,
    write: () =>
      call()
        .connects()
        .browser({ type: 'playout.state', state: 'failed', code: 'playout.autoplay_blocked', name: 'NotAllowedError' })
        .runs(10)
        .ends(),
  },
  {
    code: 'playout.sink_failed',
    name: 'setSinkId() is refused',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      call()
        .connects()
        .browser({ type: 'playout.state', state: 'failed', code: 'playout.sink_failed', name: 'NotFoundError' })
        .runs(10)
        .ends(),
  },
  {
    code: 'playout.tab_frozen',
    name: 'the page is frozen, media goes on',
    side: 'caller',
    weight: 'degraded',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .browser({ type: 'client.lifecycle', state: 'frozen' })
        .runs(20, { page: 'nothing' })
        .ends(),
  },
  {
    code: 'playout.tab_frozen',
    name: 'the page says nothing and its browser answers pings',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(5, { page: 'nothing' })
        .gateway({ type: 'leg.signaling', state: 'quiet', quietMs: 5_000 })
        .runs(10, { page: 'nothing' })
        .gateway({ type: 'leg.signaling', state: 'heard', quietMs: 15_000 })
        .runs(5)
        .ends(),
  },
  {
    code: 'playout.tab_frozen',
    name: 'the page wakes up late',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(8, { page: 'nothing' })
        .browser({ type: 'client.stalled', lateMs: 8_000 })
        .runs(5)
        .ends(),
  },
  {
    code: 'client.cpu',
    name: 'timers late and packets uneven, nothing lost',
    side: 'caller',
    weight: 'degraded',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(10, { page: { lateMs: 600, jitterMs: 45 }, caller: { jitterMs: 42, maxGapMs: 300 } })
        .ends(),
  },
  {
    code: 'client.cpu',
    name: 'a machine that gives the browser a tenth of its time',
    side: 'caller',
    weight: 'degraded',
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(10, {
          page: (i) => ({ micSeconds: 0.19, packetsSent: 9, jitterMs: 26, ...(i % 2 === 0 ? { lateMs: 420 } : {}) }),
          caller: { packetsReceived: 8, jitterMs: 85, maxGapMs: 445 },
        })
        .ends(),
  },
  {
    code: 'client.clock_skew',
    name: 'the clock of the computer is an hour off',
    side: 'caller',
    weight: 'hint',
    write: () =>
      call().connects().browser({ type: 'client.info', browser: CHROMIUM, sdk: '0', clock: 4_600_000 }).runs(5).ends(),
  },
];
