import { expect, it } from 'vitest';
import { OpusFollower } from './opus-follower.js';
import type { ReceiverView } from './rtcp/reporter.js';

const view = (highestSequence: number, cumulativeLost: number, roundTripMs = 20): ReceiverView => ({
  fractionLost: 0,
  cumulativeLost,
  highestSequence,
  jitterTicks: 0,
  roundTripMs,
});

it('begins as everything is sent without it', () => {
  expect(new OpusFollower().plan(20)).toEqual({ bitrate: 24_000, ptimeMs: 20, lossPercent: 10, red: 0 });
});

it('counts losses of reports from one to the next, over all cycles of the numbers', () => {
  const follower = new OpusFollower();
  expect(follower.reported(view(0xffff_ff00, 100), 0)).toBe(false);
  expect(follower.reported(view(0xffff_fffa, 100, 21), 5_000)).toBe(false);
  expect(follower.reported(view(0x0000_00f4, 125), 10_000)).toBe(true);
  expect(follower.plan(20).red).toBe(1);
});

it('leaves losses to what is counted by signalling, while that comes', () => {
  const follower = new OpusFollower();
  follower.reported(view(1_000, 0), 0);
  follower.counted({ received: 50, lost: 0 }, 4_500);
  expect(follower.reported(view(1_250, 50), 5_000)).toBe(false);
  // It comes no more.
  expect(follower.reported(view(1_500, 100), 11_000)).toBe(true);
});

it('sends less, in longer packets, where a queue grows; never shorter ones than were agreed on, nor more', () => {
  const follower = new OpusFollower(12_000);
  follower.counted({ received: 50, lost: 0, pairTripMs: 20, roundTripMs: 22 }, 0);
  follower.counted({ received: 50, lost: 0, pairTripMs: 900, roundTripMs: 910 }, 1_000);
  expect(follower.plan(20)).toMatchObject({ bitrate: 12_000, ptimeMs: 60, red: 0 });
  expect(follower.plan(60)).toMatchObject({ ptimeMs: 60 });
});
