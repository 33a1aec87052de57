import { expect, it } from 'vitest';
import { ReplayWindow } from './replay-window.js';

it('takes each number once, in any order within 64, and none that is older', () => {
  const window = new ReplayWindow();
  for (const sequence of [0, 5, 3, 70, 7, 69]) {
    expect(window.isFresh(sequence), `first ${sequence}`).toBe(true);
    window.accept(sequence);
    expect(window.isFresh(sequence), `second ${sequence}`).toBe(false);
  }
  expect(window.isFresh(6)).toBe(false); // 70 - 64: just out of the window
  expect(window.isFresh(8)).toBe(true);
  expect(window.isFresh(5)).toBe(false);
});

it('works at the end of the 48 bits and after a jump', () => {
  const window = new ReplayWindow();
  const last = 2 ** 48 - 1;
  window.accept(1);
  window.accept(last);
  expect(window.isFresh(last)).toBe(false);
  expect(window.isFresh(last - 63)).toBe(true);
  expect(window.isFresh(last - 64)).toBe(false);
});

it('forgets nothing that was only asked about', () => {
  const window = new ReplayWindow();
  expect(window.isFresh(1000)).toBe(true);
  expect(window.isFresh(1)).toBe(true);
});
