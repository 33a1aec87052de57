import { expect, it } from 'vitest';
import { RateLimit, RateLimits } from './rate.js';

it('allows a burst, then the rate', () => {
  const limit = new RateLimit(10, 3, 0);
  expect([limit.take(0), limit.take(0), limit.take(0), limit.take(0)]).toEqual([true, true, true, false]);
  expect([limit.take(100), limit.take(100)]).toEqual([true, false]);
  expect(limit.take(50)).toBe(false);
});

it('keeps keys apart and forgets the oldest', () => {
  const limits = new RateLimits(1, 1, 2);
  expect([limits.take('a', 0), limits.take('a', 0), limits.take('b', 0)]).toEqual([true, false, true]);
  limits.take('c', 0);
  expect(limits.take('a', 0)).toBe(true);
});
