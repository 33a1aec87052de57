import { describe, expect, it } from 'vitest';
import { CASES } from './testing/cases.js';
import { HEALTHY } from './testing/healthy.js';
import { live } from './testing/live.js';
import { seeded } from './testing/random.js';

/** How often a page sends its samples. */
const BATCH_MS = 2_000;
const OFFSETS = [0, 430, 870];

describe.each(CASES)('with samples that come two by two: $code: $name', ({ code, side, weight, write }) => {
  it('is the first thing that is said', () => {
    for (const offset of OFFSETS) {
      const { said } = live(write().done(), offset, BATCH_MS);
      const first = said.find((one) => one.type === 'verdict.raised' && (weight === 'hint' || one.weight !== 'hint'));
      expect(`${offset}: ${first?.code} ${first?.side}`).toBe(`${offset}: ${code} ${side}`);
    }
  });
});

describe.each(Object.entries(HEALTHY))('with samples that come two by two, a healthy call: %s', (_name, write) => {
  it('says nothing of weight', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { said } = live(write(seeded(seed)).done(), (seed * 137) % 1_000, BATCH_MS);
      expect(said.filter(({ weight }) => weight !== 'hint').map(({ code }) => `${seed}: ${code}`)).toEqual([]);
    }
  });
});
