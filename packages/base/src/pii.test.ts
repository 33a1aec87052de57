import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Pii } from './pii.js';

it('is never revealed by accident', () => {
  const number = new Pii('+15550100');
  const leaks = [`${number}`, String(number), JSON.stringify({ number }), inspect({ number }), inspect(number)];
  for (const text of leaks) expect(text).not.toContain('555');
  expect(Object.keys(number)).toEqual([]);
  expect(number.reveal()).toBe('+15550100');
});
