import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { standsStill } from '../testing/clock.js';
import { Ticker } from './ticker.js';

beforeEach(() => vi.useFakeTimers());
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
  const forward = standsStill();
  const { ticks, ticker } = ticking();
  forward(60);
  vi.advanceTimersByTime(20);
  expect(ticks).toHaveLength(4);
  forward(600_000);
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
