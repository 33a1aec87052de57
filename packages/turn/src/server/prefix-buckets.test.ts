import { expect, it } from 'vitest';
import { seededBytes } from '../testing/seeded-bytes.js';
import { PrefixBuckets } from './prefix-buckets.js';
import { TokenBucket } from './token-bucket.js';

it('hold so much at once and so much a second', () => {
  const buckets = new PrefixBuckets(10, 100, seededBytes(1));
  expect(buckets.take(0, '192.0.2.1', 100)).toBe(true);
  expect(buckets.take(0, '192.0.2.1', 1)).toBe(false);
  expect(buckets.has(1000, '192.0.2.1', 10)).toBe(true);
  expect(buckets.take(1000, '192.0.2.1', 11)).toBe(false);
  expect(buckets.take(1000, '192.0.2.1', 10)).toBe(true);
  buckets.add(1000, '192.0.2.1', 1000);
  expect(buckets.take(1000, '192.0.2.1', 101)).toBe(false);
  expect(buckets.take(1000, '192.0.2.1', 100)).toBe(true);
});

it('do not fill when the clock goes back', () => {
  const buckets = new PrefixBuckets(10, 100, seededBytes(1));
  buckets.take(10_000, '192.0.2.1', 100);
  expect(buckets.take(0, '192.0.2.1', 1)).toBe(false);
  const bucket = new TokenBucket(10, 100);
  bucket.take(10_000, 100);
  expect(bucket.take(0, 1)).toBe(false);
});

it.each([
  ['192.0.2.1', '192.0.2.200', true],
  ['192.0.2.1', '192.0.3.1', false],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.9', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', true],
  ['2001:db8:1:2::1', '2001:db8:2:2::1', false],
  ['2001:db8::1', '2001:db8::2', true],
  ['::1', '::1', true],
])('%s and %s share one: %s', (first, second, share) => {
  const buckets = new PrefixBuckets(0, 1, seededBytes(4711));
  buckets.take(0, first, 1);
  expect(buckets.take(0, second, 1)).toBe(!share);
});

it('spread over the table', () => {
  const buckets = new PrefixBuckets(0, 1, seededBytes(99));
  let taken = 0;
  for (let net = 0; net < 1000; net += 1) {
    if (buckets.take(0, `10.${net % 200}.${Math.floor(net / 200)}.1`, 1)) taken += 1;
  }
  // A random choice of 1000 among 4096 hits about 890 different ones.
  expect(taken).toBeGreaterThan(850);
});

it('are ordered by the seed', () => {
  const collide = (seed: number): number => {
    const buckets = new PrefixBuckets(0, 1, seededBytes(seed));
    for (let net = 0; net < 250; net += 1) buckets.take(0, `10.0.${net}.1`, 1);
    return Array.from({ length: 250 }, (_, net) => buckets.has(0, `10.1.${net}.1`, 1)).filter((free) => !free).length;
  };
  expect(new Set([1, 2, 3, 4, 5].map(collide)).size).toBeGreaterThan(1);
});
