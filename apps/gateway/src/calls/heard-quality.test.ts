import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HeardQuality } from './heard-quality.js';

/** Levels by what the worse end hears, second by second. */
const levels = (quality: HeardQuality, ...mos: readonly number[]) =>
  mos.map((each) => quality.take(4.4, each)?.level).join(' ');

it('says nothing before there is anything to judge, and at once when there is', () => {
  const quality = new HeardQuality();
  expect(quality.take(undefined, undefined)).toBeUndefined();
  expect(quality.take(undefined, 3.5)).toEqual({ down: 3.5, level: 'fair' });
});

it('goes down after two seconds, and up after three', () => {
  const quality = new HeardQuality();
  expect(levels(quality, 4.3, 2.9, 2.9, 2.9)).toBe('good good poor poor');
  expect(levels(quality, 4.3, 4.3, 4.3, 4.3)).toBe('poor poor good good');
});

it('does not flicker at the edge of a level', () => {
  const quality = new HeardQuality();
  expect(levels(quality, 3.95, 3.85, 3.95, 3.85, 3.95)).toBe('good good good good good');
  expect(levels(quality, 3.85, 3.85)).toBe('good fair');
  expect(levels(quality, 3.92, 3.92, 3.92, 3.92, 3.92)).toBe('fair fair fair fair fair');
  expect(levels(quality, 4.1, 4.1, 4.1)).toBe('fair fair good');
});

it('is of the end that hears worse, and keeps both figures', () => {
  const quality = new HeardQuality();
  expect(quality.take(2, 4.4)).toEqual({ up: 2, down: 4.4, level: 'bad' });
});

it('comes to the right level with whatever lasts', () => {
  const mos = fc.double({ min: 1, max: 4.5, noNaN: true });
  fc.assert(
    fc.property(fc.array(mos, { maxLength: 20 }), mos, (before, lasting) => {
      const quality = new HeardQuality();
      levels(quality, ...before);
      for (let second = 0; second < 12; second += 1) quality.take(4.5, lasting);
      const level = quality.take(4.5, lasting)?.level ?? '';
      // Within the margin above the edge of a level, the one below may stay.
      const right = (at: number): string => (at >= 3.9 ? 'good' : at >= 3.4 ? 'fair' : at >= 2.7 ? 'poor' : 'bad');
      expect([right(lasting), right(lasting - 0.1)]).toContain(level);
    }),
  );
});
