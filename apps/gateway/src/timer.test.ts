import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CoreTimer } from './timer.js';

// Timers and clock move together, and the clock can be set apart.
vi.mock('./clock.js', () => ({ now: () => Date.now() }));

beforeEach(() => vi.useFakeTimers({ now: 1_000 }));
afterEach(() => vi.useRealTimers());

it('fires once, when it is due', () => {
  const fired: number[] = [];
  const timer = new CoreTimer((now) => fired.push(now));
  timer.arm(1_500);
  timer.arm(1_500);
  vi.advanceTimersByTime(499);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(fired).toEqual([1_500]);
});

it('may be armed anew, for the past, and from within', () => {
  const fired: number[] = [];
  const timer = new CoreTimer((now) => {
    fired.push(now);
    if (fired.length === 1) timer.arm(now);
  });
  timer.arm(9_000);
  timer.arm(500);
  vi.advanceTimersByTime(2);
  expect(fired).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

it('can be stopped', () => {
  const timer = new CoreTimer(() => expect.unreachable());
  timer.arm(1_100);
  timer.stop();
  expect(vi.getTimerCount()).toBe(0);
});
