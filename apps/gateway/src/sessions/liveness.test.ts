import { expect, it } from 'vitest';
import { Liveness } from './liveness.js';

/** Looks at it every half second until `until`; what was said, and when. */
function watch(liveness: Liveness, from: number, until: number): string[] {
  const said: string[] = [];
  for (let now = from; now <= until; now += 500) {
    const change = liveness.check(now);
    if (change !== undefined) said.push(`${change} ${now}`);
  }
  return said;
}

it('asks a page that says nothing, and takes no answer for sleep, well within ten seconds', () => {
  const liveness = new Liveness(0);
  expect(watch(liveness, 0, 60_000)).toEqual(['ask 3000', 'asleep 6000']);
  expect([liveness.isAsleep, liveness.quietFor(7_000)]).toEqual([true, 7_000]);
});

it('asks one that answers every few seconds, and never takes it for asleep', () => {
  const liveness = new Liveness(0);
  const said: string[] = [];
  for (let now = 0; now <= 12_000; now += 500) {
    const change = liveness.check(now);
    if (change !== undefined) said.push(`${change} ${now}`);
    if (change === 'ask') liveness.heard(now + 20);
  }
  expect(said).toEqual(['ask 3000', 'ask 6500', 'ask 10000']);
});

it('is awake with the first word, and says so once', () => {
  const liveness = new Liveness(0);
  watch(liveness, 0, 10_000);
  liveness.heard(10_100);
  expect(liveness.isAsleep).toBe(false);
  expect(watch(liveness, 10_500, 13_000)).toEqual(['awake 10500']);
  expect(watch(liveness, 13_500, 13_500)).toEqual(['ask 13500']);
});

it('is asleep at once where it could not prove itself', () => {
  const liveness = new Liveness(0);
  liveness.missed();
  expect(liveness.isAsleep).toBe(true);
  expect(watch(liveness, 500, 500)).toEqual(['asleep 500']);
});
