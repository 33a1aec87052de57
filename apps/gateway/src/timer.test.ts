import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { now } from './clock.js';
import { CoreTimer } from './timer.js';

let start: number;

beforeEach(() => {
  vi.useFakeTimers();
  start = now();
});
afterEach(() => vi.useRealTimers());

it('fires once, when it is due', () => {
  const fired: number[] = [];
  const timer = new CoreTimer((now) => fired.push(now));
  timer.arm(start + 500);
  timer.arm(start + 500);
  vi.advanceTimersByTime(499);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(fired).toEqual([start + 500]);
});

it('may be armed anew, for the past, and from within', () => {
  const fired: number[] = [];
  const timer = new CoreTimer((now) => {
    fired.push(now);
    if (fired.length === 1) timer.arm(now);
  });
  timer.arm(start + 8_000);
  timer.arm(start - 500);
  vi.advanceTimersByTime(2);
  expect(fired).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

it('can be stopped', () => {
  const timer = new CoreTimer(() => expect.unreachable());
  timer.arm(start + 100);
  timer.stop();
  expect(vi.getTimerCount()).toBe(0);
});
