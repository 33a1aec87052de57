import type { Sample } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { condense, gridOf, lay, summarize } from './grid.js';

const sample = (at: number, ms: number, value: number): Sample => ({
  at,
  source: 'browser',
  leg: 'caller',
  figures: { ms, roundTripMs: value },
});
const read = ({ figures }: Sample): number | undefined => figures.roundTripMs;

describe('the grid of a call', () => {
  it('has steps of a second, and longer ones for long calls', () => {
    expect(gridOf(3_200)).toEqual({ step: 1_000, seconds: [0.5, 1.5, 2.5, 3.5] });
    expect(gridOf(0).seconds).toHaveLength(1);
    const day = gridOf(86_400_000);
    expect(day.seconds.length).toBeLessThanOrEqual(900);
    expect(day.step * day.seconds.length).toBeGreaterThanOrEqual(86_400_000);
  });

  it('takes samples of any rate, and leaves holes where there are none', () => {
    const grid = gridOf(6_000);
    const laid = lay(grid, 10_000, [sample(11_000, 1_000, 4), sample(14_000, 2_000, 8)], read);
    expect(laid).toEqual([4, null, 8, 8, null, null]);
  });

  it('weighs by time what shares a step', () => {
    const laid = lay(gridOf(1_000), 0, [sample(250, 250, 10), sample(1_000, 750, 2)], read);
    expect(laid).toEqual([4]);
  });

  it('ignores what grazes a step, is not known, or came before or after', () => {
    const grid = gridOf(2_000);
    expect(lay(grid, 0, [sample(1_050, 1_000, 3)], read)).toEqual([3, null]);
    expect(
      lay(grid, 0, [sample(500, 1_000, Number.NaN), sample(-50, 1_000, 1), sample(9_000, 1_000, 1)], read),
    ).toEqual([null, null]);
  });
});

it('sums up a series, and condenses it for a table', () => {
  expect(summarize([1, null, 3])).toEqual({ mean: 2, least: 1, most: 3 });
  expect(summarize([null])).toBeUndefined();
  expect(condense([1, 3, null, null, 5], 3)).toEqual([2, null, 5]);
  expect(condense([1, 2], 10)).toEqual([1, 2]);
});
