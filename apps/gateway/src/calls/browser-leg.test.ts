import { expect, it } from 'vitest';
import { directionsOf } from './browser-leg.js';

it.each([
  ['caller', [], []],
  ['caller', ['caller-sends'], ['up']],
  ['caller', ['callee-hears'], ['up']],
  ['caller', ['callee-sends', 'caller-hears'], ['down']],
  ['callee', ['callee-sends', 'caller-hears'], ['up']],
  ['callee', ['caller-sends'], ['down']],
  ['callee', ['caller-sends', 'callee-hears', 'callee-sends', 'caller-hears'], ['up', 'down']],
] as const)('a %s without %j waits for %j', (side, hops, expected) => {
  expect(directionsOf(hops, side)).toEqual(expected);
});
