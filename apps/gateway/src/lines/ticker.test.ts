import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Ticker } from './ticker.js';

// Timers and clock move together, and the clock can be set apart.
vi.mock('../clock.js', () => ({ now: () => Date.now() }));

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

function ticking(onTick: (ticker: Ticker) => void = () => {}) {
  const ticks: number[] = [];
  const ticker = new Ticker(20, (now) => {
    ticks.push(now);
    onTick(ticker);
  });
  ticker.start();
  return { ticks, ticker };
}

it('keeps to its schedule', () => {
  const { ticks, ticker } = ticking();
  vi.advanceTimersByTime(1_000);
  expect(ticks).toHaveLength(50);
  ticker.stop();
  vi.advanceTimersByTime(1_000);
  expect(ticks).toHaveLength(50);
});

it('makes up for a short delay, and not for a long sleep', () => {
  const { ticks, ticker } = ticking();
  vi.setSystemTime(60);
  vi.advanceTimersByTime(20);
  expect(ticks).toHaveLength(4);
  vi.setSystemTime(600_000);
  vi.advanceTimersByTime(20);
  expect(ticks).toHaveLength(5);
  ticker.stop();
});

it('can be stopped from within', () => {
  const { ticks } = ticking((ticker) => ticker.stop());
  vi.advanceTimersByTime(1_000);
  expect(ticks).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
