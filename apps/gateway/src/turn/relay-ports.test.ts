import { expect, it } from 'vitest';
import { portOrder } from './relay-ports.js';

const ANY = { even: false, withNext: false };

/** A linear congruential generator: enough to shuffle by. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const sorted = (ports: readonly number[]): number[] => ports.toSorted((a, b) => a - b);

it('gives every port of the range once, in another order each time', () => {
  const first = [...portOrder([45_000, 45_099], ANY, seeded(1))];
  const second = [...portOrder([45_000, 45_099], ANY, seeded(2))];
  expect(sorted(first)).toEqual(Array.from({ length: 100 }, (_, index) => 45_000 + index));
  expect(sorted(second)).toEqual(sorted(first));
  expect(first).not.toEqual(second);
  expect(first).not.toEqual(sorted(first));
});

it('gives even ports alone where that is asked for, and such that have another one above', () => {
  expect(sorted([...portOrder([45_001, 45_008], { even: true, withNext: false }, seeded(3))])).toEqual([
    45_002, 45_004, 45_006, 45_008,
  ]);
  expect(sorted([...portOrder([45_001, 45_008], { even: true, withNext: true }, seeded(3))])).toEqual([
    45_002, 45_004, 45_006,
  ]);
  expect([...portOrder([45_001, 45_001], { even: true, withNext: true }, seeded(3))]).toEqual([]);
});

it('takes the dynamic ports where there is no range', () => {
  const ports = [...portOrder([0, 0], ANY, seeded(4))];
  expect(new Set(ports).size).toBe(16_384);
  expect([Math.min(...ports), Math.max(...ports)]).toEqual([49_152, 65_535]);
});

it('may give any port first', () => {
  const firsts = new Set<number>();
  const random = seeded(5);
  for (let turn = 0; turn < 500; turn += 1) {
    for (const port of portOrder([45_000, 45_009], ANY, random)) {
      firsts.add(port);
      break;
    }
  }
  expect(firsts.size).toBe(10);
});
