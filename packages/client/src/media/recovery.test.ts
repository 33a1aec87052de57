import { describe, expect, it } from 'vitest';
import { Recovery } from './recovery.js';
import * as TIMES from './recovery-times.js';

const STEP = 100;

interface Scene {
  readonly duration: number;
  readonly state?: (at: number) => RTCPeerConnectionState;
  /** Whether bytes arrive. */
  readonly flows?: (at: number) => boolean;
  readonly doubtAt?: number;
  /** When the first answer was known. */
  readonly answeredAt?: number;
  /** How long the gateway takes to answer a restart. */
  readonly answersAfter?: number;
  /** What the gateway sends and receives each second; undefined: it says nothing. */
  readonly gateway?: (at: number) => { readonly sends: number; readonly receives: number };
  /** Restarts need no answer. */
  readonly hasSpare?: boolean;
  /** The page sleeps: nobody looks. */
  readonly asleep?: (at: number) => boolean;
}

/** Observes every 100 ms, restarts when told to; returns when, in ms from the start, and how. */
function watch(scene: Scene): { readonly at: readonly number[]; readonly relay: readonly number[] } {
  const recovery = new Recovery(0);
  const at: number[] = [];
  const relay: number[] = [];
  const gateway = { packetsSent: 0, packetsReceived: 0 };
  let viaRelay = false;
  let bytes = 0;
  let answerDue: number | undefined = scene.answeredAt;
  for (let now = 0; now <= scene.duration; now += STEP) {
    if (scene.flows?.(now) === true) bytes += 100;
    if (now === scene.doubtAt) recovery.doubt(now);
    if (now === answerDue) recovery.answered(now);
    if (scene.asleep?.(now) === true) continue;
    const told = scene.gateway?.(now);
    if (told !== undefined && now % 1_000 === 0) {
      gateway.packetsSent += told.sends;
      gateway.packetsReceived += told.receives;
      recovery.report({ ...gateway });
    }
    const sight = {
      state: scene.state?.(now) ?? 'connected',
      bytesReceived: bytes,
      packetsSent: now / 20,
      hasSpare: scene.hasSpare === true,
    };
    if (!recovery.observe(now, sight, viaRelay)) continue;
    at.push(now);
    viaRelay = recovery.relayOnly;
    if (viaRelay) relay.push(now);
    recovery.restarted(now);
    answerDue = now + (scene.answersAfter ?? STEP);
  }
  return { at, relay };
}

const restarts = (scene: Scene): readonly number[] => watch(scene).at;

it('leaves a quiet far end alone', () => {
  expect(restarts({ duration: 60_000 })).toEqual([]);
  const gateway = (): { sends: number; receives: number } => ({ sends: 0, receives: 50 });
  expect(restarts({ duration: 60_000, gateway })).toEqual([]);
});

it('leaves a path alone that is called disconnected but carries', () => {
  expect(restarts({ duration: 60_000, state: () => 'disconnected', flows: () => true })).toEqual([]);
});

it('acts on disconnected once bytes stood still for three seconds', () => {
  const state = (at: number): RTCPeerConnectionState => (at < 1_000 ? 'connected' : 'disconnected');
  expect(restarts({ duration: 4_000, state, flows: (at) => at < 500 })).toEqual([400 + TIMES.STALLED]);
});

it('acts on failed at once, and again when an attempt brought nothing', () => {
  const round = TIMES.ATTEMPT + STEP;
  expect(restarts({ duration: 11_000, state: () => 'failed' })).toEqual([0, round, 2 * round]);
});

it('gives an attempt its time from the answer on, for without one it cannot succeed', () => {
  const answersAfter = 4_000;
  const round = TIMES.ATTEMPT + answersAfter;
  expect(restarts({ duration: 11_000, state: () => 'failed', answersAfter })).toEqual([0, round]);
});

it('needs one second only when something else hints at a changed network', () => {
  expect(restarts({ duration: 4_000, flows: (at) => at <= 1_000, doubtAt: 1_500 })).toEqual([
    1_000 + TIMES.STALLED_AFTER_HINT,
  ]);
});

it('lets a hint expire when audio went on', () => {
  expect(restarts({ duration: 30_000, flows: (at) => at < 15_000, doubtAt: 1_000 })).toEqual([]);
});

it('does not disturb a call that waits for its answer', () => {
  expect(restarts({ duration: 14_000, state: () => 'connecting', doubtAt: 500 })).toEqual([]);
});

it('gives the first path eight seconds from the answer on', () => {
  const scene: Scene = { duration: 14_000, state: () => 'connecting', answeredAt: 1_000 };
  const first = 1_000 + TIMES.SETUP;
  expect(restarts(scene)).toEqual([first, first + TIMES.ATTEMPT + STEP].filter((at) => at <= 14_000));
});

it('does not wait when an attempt fails for good', () => {
  const failsAgainAt = (when: number) => (at: number) =>
    at < 1_000 || at >= when ? ('failed' as const) : ('connecting' as const);
  expect(restarts({ duration: 6_000, state: failsAgainAt(4_000) })).toEqual([0, 4_000]);
  expect(restarts({ duration: 5_000, state: failsAgainAt(1_500) })).toEqual([0, STEP + TIMES.FAILED_ATTEMPT]);
});

describe('where a restart needs no answer', () => {
  const spare = (scene: Scene): readonly number[] => restarts({ ...scene, hasSpare: true });
  const talks = (): { sends: number; receives: number } => ({ sends: 50, receives: 50 });

  it('sound that came steadily and stopped is reason enough, again and again, with growing patience', () => {
    const found = spare({ duration: 13_000, flows: (at) => at < 5_000 });
    expect(found).toEqual(TIMES.CUT.map((after) => 4_900 + after));
    expect(restarts({ duration: 12_000, flows: (at) => at < 5_000 })).toEqual([]);
  });

  it('sound that has only begun is not yet steady', () => {
    expect(spare({ duration: 3_500, flows: (at) => at >= 1_600 && at < 3_000 })).toEqual([]);
  });

  it('a break that is over in time is none', () => {
    expect(spare({ duration: 60_000, flows: (at) => at % 5_000 > 200 })).toEqual([]);
  });

  it('a far end that holds, or stops to speak, causes one restart', () => {
    const gateway = (at: number): ReturnType<typeof talks> => ({ sends: at <= 10_000 ? 50 : 0, receives: 50 });
    expect(spare({ duration: 120_000, flows: (at) => at <= 10_000, gateway })).toEqual([10_000 + TIMES.CUT[0]]);
  });

  it('a far end that sends while it speaks alone causes few', () => {
    const speaks = (at: number): boolean => at % 6_000 < 3_000;
    const gateway = (at: number): ReturnType<typeof talks> => ({ sends: speaks(at - 1) ? 50 : 0, receives: 50 });
    expect(spare({ duration: 600_000, flows: speaks, gateway }).length).toBeLessThanOrEqual(8);
  });

  it('another network makes us believe in the next cut at once', () => {
    const gateway = (at: number): ReturnType<typeof talks> => ({
      sends: at <= 10_000 || (at > 14_000 && at <= 20_000) ? 50 : 0,
      receives: 50,
    });
    const flows = (at: number): boolean => at <= 10_000 || (at > 14_000 && at <= 17_000);
    expect(spare({ duration: 18_500, flows, gateway })).toHaveLength(1);
    const recovery = new Recovery(0);
    const see = (at: number, bytesReceived: number): boolean =>
      recovery.observe(at, { state: 'connected', bytesReceived, packetsSent: 0, hasSpare: true });
    const tell = (packetsSent: number): void => recovery.report({ packetsSent, packetsReceived: packetsSent });
    for (let at = 0; at <= 3_000; at += 100) see(at, at);
    tell(0);
    expect(see(3_400, 3_000)).toBe(true);
    tell(0);
    for (let at = 3_500; at <= 6_000; at += 100) see(at, at);
    tell(500);
    expect(see(6_400, 6_000)).toBe(false);
    recovery.doubt(6_400, true);
    expect(see(6_500, 6_000)).toBe(true);
  });

  it('a page that was frozen, or whose machine slept, has missed nothing', () => {
    const asleep = (at: number): boolean => at > 10_000 && at < 70_000;
    expect(spare({ duration: 75_000, flows: () => true, asleep })).toEqual([]);
    // A little silence after that is no cut yet: what waited comes first.
    expect(spare({ duration: 75_000, flows: (at) => at <= 10_000 || at >= 70_300, asleep })).toEqual([]);
  });

  it('a processor that stands still for a second now and then is no cut', () => {
    const asleep = (at: number): boolean => at % 7_000 < 1_000;
    expect(spare({ duration: 60_000, flows: () => true, asleep, gateway: talks })).toEqual([]);
  });

  it('a path that is lost upwards alone is found by what the gateway counts', () => {
    const gateway = (at: number): ReturnType<typeof talks> => ({ sends: 50, receives: at <= 5_000 ? 50 : 0 });
    expect(spare({ duration: 8_000, flows: () => true, gateway })).toEqual([7_000]);
  });

  it('a path that is lost downwards alone is a cut', () => {
    expect(spare({ duration: 5_600, flows: (at) => at <= 5_000, gateway: talks })).toEqual([5_000 + TIMES.CUT[0]]);
  });
});

describe('a path that answers checks and carries nothing', () => {
  it('is known by what the gateway sends in vain', () => {
    const gateway = (): { sends: number; receives: number } => ({ sends: 50, receives: 50 });
    expect(restarts({ duration: 5_000, flows: (at) => at < 1_500, gateway })).toEqual([1_400 + TIMES.STALLED_IN_VAIN]);
  });

  it('is known by what the gateway never gets', () => {
    const gateway = (at: number): { sends: number; receives: number } => ({
      sends: 50,
      receives: at <= 2_000 ? 50 : 0,
    });
    const next = 4_000 + STEP + TIMES.CONNECTED_ATTEMPT;
    expect(restarts({ duration: 9_000, flows: () => true, gateway })).toEqual([4_000, next]);
  });

  it('is told from a gateway that has nothing to send yet', () => {
    const gateway = (at: number): { sends: number; receives: number } => ({ sends: at < 4_000 ? 0 : 50, receives: 50 });
    expect(restarts({ duration: 9_000, flows: (at) => at >= 4_000, gateway })).toEqual([]);
  });
});

describe('the kind of path', () => {
  it('changes after two restarts without success, and changes back after two more', () => {
    const { at, relay } = watch({ duration: 40_000, state: () => 'failed' });
    expect(at.map((when) => relay.includes(when))).toEqual([false, false, true, true, false, false, true]);
    // Relays are given longer.
    expect((at[3] ?? 0) - (at[2] ?? 0)).toBe(TIMES.RELAY_ATTEMPT + STEP);
  });

  it('begins anew once audio is back, or the network is another one', () => {
    const recovery = new Recovery(0);
    const fail = (now: number): void => {
      recovery.restarted(now);
      recovery.answered(now);
    };
    fail(1);
    fail(2);
    expect(recovery.relayOnly).toBe(true);
    recovery.observe(3, { state: 'connected', bytesReceived: 100, packetsSent: 0 });
    expect(recovery.relayOnly).toBe(false);
    fail(4);
    fail(5);
    recovery.doubt(6);
    expect(recovery.relayOnly).toBe(true);
    recovery.doubt(6, true);
    expect(recovery.relayOnly).toBe(false);
  });

  it('does not change for restarts that the gateway never answered', () => {
    const recovery = new Recovery(0);
    for (let now = 0; now < 10; now += 1) recovery.restarted(now);
    expect(recovery.relayOnly).toBe(false);
  });
});

it('calls audio lost by state and bytes together', () => {
  const recovery = new Recovery(0);
  const see = (at: number, state: RTCPeerConnectionState, bytesReceived: number): boolean => {
    recovery.observe(at, { state, bytesReceived, packetsSent: 0 });
    return recovery.lost;
  };
  expect(see(0, 'connected', 100)).toBe(false);
  expect(see(500, 'disconnected', 100)).toBe(false);
  expect(see(1_000, 'disconnected', 100)).toBe(true);
  expect(see(1_100, 'connected', 200)).toBe(false);
});
