import { expect, it } from 'vitest';
import { RECOVERY, Recovery } from './recovery.js';

const STEP = 100;

/** Observes every 100 ms; returns when restarts were asked for, in ms from the start. */
function watch(
  duration: number,
  state: (at: number) => RTCPeerConnectionState,
  flows: (at: number) => boolean,
  doubtAt = -1,
): number[] {
  const recovery = new Recovery(0);
  const restarts: number[] = [];
  let bytes = 0;
  for (let at = 0; at <= duration; at += STEP) {
    if (flows(at)) bytes += 100;
    if (at === doubtAt) recovery.doubt(at);
    if (recovery.observe(at, state(at), bytes)) restarts.push(at);
  }
  return restarts;
}

it('leaves a quiet far end alone', () => {
  expect(
    watch(
      60_000,
      () => 'connected',
      () => false,
    ),
  ).toEqual([]);
});

it('leaves a path alone that is called disconnected but carries', () => {
  expect(
    watch(
      60_000,
      () => 'disconnected',
      () => true,
    ),
  ).toEqual([]);
});

it('acts on disconnected once bytes stood still for three seconds', () => {
  expect(
    watch(
      4_000,
      (at) => (at < 1_000 ? 'connected' : 'disconnected'),
      (at) => at < 500,
    ),
  ).toEqual([400 + RECOVERY.stalled]);
});

it('acts on failed at once, and again when an attempt brought nothing', () => {
  expect(
    watch(
      11_000,
      () => 'failed',
      () => false,
    ),
  ).toEqual([0, RECOVERY.attempt, 2 * RECOVERY.attempt]);
});

it('needs one second only when something else hints at a changed network', () => {
  expect(
    watch(
      4_000,
      () => 'connected',
      (at) => at <= 1_000,
      1_500,
    ),
  ).toEqual([1_000 + RECOVERY.stalledAfterHint]);
});

it('lets a hint expire when audio went on', () => {
  expect(
    watch(
      30_000,
      () => 'connected',
      (at) => at < 15_000,
      1_000,
    ),
  ).toEqual([]);
});

it('does not disturb a call that is being set up', () => {
  expect(
    watch(
      14_000,
      () => 'connecting',
      () => false,
      500,
    ),
  ).toEqual([]);
});

it('calls audio lost by state and bytes together', () => {
  const recovery = new Recovery(0);
  recovery.observe(0, 'connected', 100);
  recovery.observe(500, 'disconnected', 100);
  expect(recovery.lost).toBe(false);
  recovery.observe(1_000, 'disconnected', 100);
  expect(recovery.lost).toBe(true);
  recovery.observe(1_100, 'connected', 200);
  expect(recovery.lost).toBe(false);
});
