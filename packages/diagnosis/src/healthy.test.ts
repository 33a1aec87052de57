import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.js';
import { HEALTHY } from './testing/healthy.js';
import { live } from './testing/live.js';
import { seeded } from './testing/random.js';

const SEEDS = Array.from({ length: 25 }, (_, i) => i + 1);

describe.each(Object.entries(HEALTHY))('a healthy call: %s', (_name, write) => {
  it('says nothing of weight at any time', () => {
    for (const seed of SEEDS) {
      const timeline = write(seeded(seed)).done();
      const { said } = live(timeline, (seed * 137) % 1_000);
      const loud = said
        .filter(({ weight }) => weight !== 'hint')
        .map(({ type, code, text }) => `${seed}: ${type} ${code}: ${text}`);
      expect(loud).toEqual([]);
    }
  });

  it('has no cause afterwards', () => {
    for (const seed of SEEDS.slice(0, 8)) {
      const { verdicts, summary } = diagnose(write(seeded(seed)).done());
      expect(
        verdicts.filter(({ weight }) => weight !== 'hint').map(({ code, text }) => `${seed}: ${code}: ${text}`),
      ).toEqual([]);
      expect(summary).toMatch(/^Nothing was wrong/);
    }
  });
});
