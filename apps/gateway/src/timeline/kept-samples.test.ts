import type { LegFigures } from '@earshot/telemetry';
import { expect, it } from 'vitest';
import { KeptSamples } from './kept-samples.js';

const figures: LegFigures = {
  ms: 1,
  packetsReceived: 0,
  bytesReceived: 0,
  packetsLost: 0,
  jitterMs: 0,
  packetsSent: 0,
  bytesSent: 0,
};
const nowhere = (): undefined => undefined;

it('hands over each sample once, in order of time, as its clock is known then', () => {
  const samples = new KeptSamples();
  samples.browser(5_000, 'caller', { ms: 1, atMs: 900 }, undefined);
  samples.gateway(4_000, 'callee', figures);
  expect(samples.takeNew(() => 1_000).map(({ at }) => at)).toEqual([1_900, 4_000]);
  expect(samples.takeNew(() => 1_000)).toEqual([]);
  samples.browser(6_000, 'caller', { ms: 1, atMs: 1_900 }, 1_000);
  expect(samples.takeNew(() => 1_000).map(({ at }) => at)).toEqual([2_900]);
  expect(samples.all(nowhere)).toHaveLength(3);
});

it('tells samples that are in the store from those that nobody has any more', () => {
  const samples = new KeptSamples();
  for (let at = 0; at < 10; at += 1) samples.gateway(at, 'caller', figures);
  samples.takeNew(nowhere);
  for (let at = 10; at < 20; at += 1) samples.gateway(at, 'caller', figures);
  samples.trim(5);
  expect(samples.all(nowhere).map(({ at }) => at)).toEqual([15, 16, 17, 18, 19]);
  expect([samples.outOfMemory, samples.omitted]).toEqual([10, 5]);
  expect(samples.takeNew(nowhere)).toHaveLength(5);
});

it('takes what waited in a browser, and no flood', () => {
  const samples = new KeptSamples();
  const give = (at: number, count: number): number =>
    Array.from({ length: count }, () => samples.browser(at, 'caller', { ms: 1, atMs: 0 }, 0)).filter(Boolean).length;
  expect(give(0, 300)).toBe(300);
  expect(give(1_000, 10_000)).toBeLessThan(310);
  expect(samples.omitted).toBeGreaterThan(9_000);
});
