import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReplayWindow } from './replay-window.js';

it('accepts each index once and none older than the window', () => {
  const window = new ReplayWindow();
  for (const index of [0, 2, 1, 127, 128, 5]) {
    expect(window.isFresh(index)).toBe(true);
    window.accept(index);
    expect(window.isFresh(index)).toBe(false);
  }
  expect(window.isFresh(3)).toBe(true);
  window.accept(130);
  expect(window.isFresh(2)).toBe(false);
  expect(window.isFresh(3)).toBe(true);
  window.accept(1_000_000);
  expect(window.isFresh(1_000_000 - 127)).toBe(true);
  expect(window.isFresh(1_000_000 - 128)).toBe(false);
  expect(window.isFresh(-1)).toBe(false);
});

it('agrees with a set of everything seen', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -200, max: 300 }), { maxLength: 200 }), (steps) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = -1;
      for (const step of steps) {
        const index = Math.max(0, highest + step);
        const fresh = index > highest || (index > highest - 128 && !seen.has(index));
        expect(window.isFresh(index)).toBe(fresh);
        if (!fresh) continue;
        window.accept(index);
        seen.add(index);
        highest = Math.max(highest, index);
      }
    }),
    { seed: 3711, numRuns: 60 },
  );
});
