import { describe, expect, it } from 'vitest';
import { absence, madeUp, PLAYOUT_MS, playedOut } from '../../bench/recovery/gaps.js';
import type { HeardPacket } from '../../faults/peer/sip-peer.js';

/** Packets of 20 ms of the tone, as they are sent; `late`: what becomes of each on its way, undefined: it is lost. */
const packets = (count: number, late: (index: number) => number | undefined): HeardPacket[] =>
  Array.from({ length: count }, (_, index): HeardPacket[] => {
    const ms = late(index);
    return ms === undefined ? [] : [[1000 + index * 20 + ms, index * 20, 20, 1]];
  })
    .flat()
    .sort(([one], [other]) => one - other);

const longest = (heard: readonly HeardPacket[], from = 1200, to = 2800): number =>
  Math.round(absence(playedOut(heard), from, to).longestMs);

describe('the gap in a tone', () => {
  it('is none where every packet comes in time, however unevenly', () => {
    expect(longest(packets(100, () => 0))).toBe(0);
    expect(longest(packets(100, (index) => (index % 7) * 9))).toBe(0);
  });

  it('is as long as what is lost', () => {
    expect(longest(packets(100, (index) => (index >= 30 && index < 40 ? undefined : 0)))).toBe(200);
  });

  it('is what comes later than a phone waits', () => {
    // A second stands still, and comes at once: what is too late is no sound any more, and begins late.
    const heard = packets(100, (index) => (index >= 40 && index < 50 ? (50 - index) * 20 : 0));
    expect(longest(heard)).toBeGreaterThanOrEqual(200 - PLAYOUT_MS - 20);
    expect(longest(heard)).toBeLessThanOrEqual(200);
  });

  it('is not filled by other sound', () => {
    const heard = packets(100, () => 0).map(
      ([at, stamp, ms], index): HeardPacket => [at, stamp, ms, index >= 30 && index < 55 ? 0 : 1],
    );
    expect(longest(heard)).toBe(500);
    expect(absence(playedOut(heard), 1200, 2800).totalMs).toBeCloseTo(500);
  });

  it('lasts to the end where the tone does not come back', () => {
    expect(longest(packets(50, () => 0))).toBe(2800 - 1000 - 50 * 20 - PLAYOUT_MS);
  });

  it('goes on with a stream that is stamped anew', () => {
    const heard = packets(100, () => 0).map(
      ([at, stamp, ms, isTone], index): HeardPacket => [at, index < 50 ? stamp : stamp + 500_000, ms, isTone],
    );
    expect(longest(heard)).toBeLessThanOrEqual(PLAYOUT_MS);
  });
});

describe('what a decoder made up', () => {
  const looks = [
    [0, 50],
    [100, 50],
    [200, 90],
    [300, 150],
    [400, 150],
    [500, 180],
    [600, 180],
  ] as const;

  it('is one stretch while it grows', () => {
    expect(madeUp(looks, 50, 1000)).toEqual({ longestMs: 100, totalMs: 130 });
  });

  it('is counted between two moments', () => {
    expect(madeUp(looks, 350, 1000)).toEqual({ longestMs: 30, totalMs: 30 });
    expect(madeUp(looks, 50, 250)).toEqual({ longestMs: 40, totalMs: 40 });
  });
});
