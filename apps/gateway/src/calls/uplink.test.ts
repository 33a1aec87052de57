import type { LegStats } from '@earshot/calls';
import { expect, it } from 'vitest';
import { Uplink } from './uplink.js';

/** Figures of a leg that receives 50 packets a second, less those lost. */
function feed(uplink: Uplink, from: number, seconds: number, more: (second: number) => Partial<LegStats>) {
  let sending: ReturnType<Uplink['take']>;
  for (let second = from; second < from + seconds; second += 1) {
    const { packetsLost = 0, ...figures } = more(second);
    sending = uplink.take(second * 1_000, {
      codec: 'opus',
      packetsReceived: second * 50 - packetsLost,
      bytesReceived: 0,
      packetsSent: 0,
      bytesSent: 0,
      packetsLost,
      jitterMs: 0,
      srtpAuthFailures: 0,
      srtpReplays: 0,
      ...figures,
    });
  }
  return sending;
}

it('asks for nothing on a good path', () => {
  expect(feed(new Uplink(), 0, 30, (s) => ({ roundTripMs: 40 + (s % 3), delayMs: s % 5 }))).toBeUndefined();
});

it('asks for redundancy where packets are lost by chance, and no more when they are not', () => {
  const uplink = new Uplink();
  expect(feed(uplink, 0, 8, (s) => ({ packetsLost: s * 5, delayMs: 0.1 * s }))).toEqual({
    bitrate: 32_000,
    ptimeMs: 20,
    red: true,
  });
  expect(feed(uplink, 8, 15, () => ({ packetsLost: 35 }))).toBeUndefined();
});

it('asks for less where packets take longer and longer: in the second second, or at once where round trips agree', () => {
  const less = { bitrate: 16_000, ptimeMs: 60, red: false };
  const one = new Uplink();
  feed(one, 0, 5, (s) => ({ delayMs: 0.1 * s }));
  expect(feed(one, 5, 1, () => ({ delayMs: 320 }))).toBeUndefined();
  expect(feed(one, 6, 1, () => ({ delayMs: 321 }))).toEqual(less);
  const both = new Uplink();
  feed(both, 0, 5, (s) => ({ delayMs: 0.1 * s, roundTripMs: 40 + 0.1 * s }));
  expect(feed(both, 5, 1, () => ({ delayMs: 320, roundTripMs: 360 }))).toEqual(less);
});

it('leaves the way up alone where only the way back is full', () => {
  const uplink = new Uplink();
  const calm = (s: number) => ({ delayMs: 0.1 * s, roundTripMs: 40 + 0.1 * s });
  feed(uplink, 0, 5, calm);
  expect(feed(uplink, 5, 10, (s) => ({ delayMs: 0.1 * s, roundTripMs: 900 + s }))).toBeUndefined();
});

it('asks nothing of other codecs', () => {
  expect(feed(new Uplink(), 0, 8, (s) => ({ codec: 'PCMA', packetsLost: s * 5 }))).toBeUndefined();
});
