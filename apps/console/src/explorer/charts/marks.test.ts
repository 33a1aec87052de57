import { describe, expect, it } from 'vitest';
import { layMarks, shift, ticks, xOf, zoom } from './marks.js';

const WHOLE = { from: 0, to: 10_000 };

describe('marks of moments', () => {
  it('stand where their time is', () => {
    expect(xOf(5_000, WHOLE, 50, 150)).toBe(100);
    expect(xOf(0, { from: 0, to: 0 }, 50, 150)).toBe(50);
  });

  it('are one where they would overlap, and none outside the window', () => {
    const moments = [-5, 0, 10, 5_000, 5_020, 9_990, 10_001].map((at, index) => ({ index, at }));
    expect(layMarks(moments, WHOLE, 0, 1_000, 8)).toEqual([
      { x: 0, indexes: [1, 2] },
      { x: 500, indexes: [3, 4] },
      { x: 999, indexes: [5] },
    ]);
  });
});

describe('the time axis', () => {
  it.each([
    [{ from: 0, to: 10_000 }, [0, 2_000, 4_000, 6_000, 8_000, 10_000]],
    [{ from: -300, to: 900 }, [-200, 0, 200, 400, 600, 800]],
    [{ from: 0, to: 3_600_000 }, [0, 600_000, 1_200_000, 1_800_000, 2_400_000, 3_000_000, 3_600_000]],
  ])('has round moments: %j', (window, expected) => {
    expect(ticks(window, 6).map((at) => at || 0)).toEqual(expected);
  });

  it('stays short for the longest call', () => {
    expect(ticks({ from: 0, to: 90 * 86_400_000 }, 6).length).toBeLessThanOrEqual(7);
  });

  it('is brought nearer and moved, never beyond the call', () => {
    expect(zoom(WHOLE, 0.5, WHOLE)).toEqual({ from: 2_500, to: 7_500 });
    expect(zoom({ from: 0, to: 5_000 }, 4, WHOLE)).toEqual(WHOLE);
    expect(zoom({ from: 1_000, to: 1_100 }, 0.5, WHOLE)).toEqual({ from: 800, to: 1_300 });
    expect(shift({ from: 0, to: 2_000 }, 0.5, WHOLE)).toEqual({ from: 1_000, to: 3_000 });
    expect(shift({ from: 0, to: 2_000 }, -0.5, WHOLE)).toEqual({ from: 0, to: 2_000 });
    expect(shift({ from: 8_000, to: 10_000 }, 0.5, WHOLE)).toEqual({ from: 8_000, to: 10_000 });
  });
});
