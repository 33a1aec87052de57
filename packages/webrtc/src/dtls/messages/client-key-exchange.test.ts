import { toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { parseClientKeyExchange, writeClientKeyExchange } from './client-key-exchange.js';

const FIXTURE = bytesOf([
  ['length of the point', '04'],
  ['point', '04aabbcc'],
]);

it('reads and writes the public key', () => {
  const parsed = parseClientKeyExchange(FIXTURE);
  expect(parsed.ok && toHex(parsed.value)).toBe('04aabbcc');
  expect(parsed.ok && toHex(writeClientKeyExchange(parsed.value))).toBe(toHex(FIXTURE));
});

it('refuses truncations and trailing bytes', () => {
  for (const length of [0, 1, 4]) expect(parseClientKeyExchange(FIXTURE.subarray(0, length)).ok).toBe(false);
  expect(parseClientKeyExchange(Uint8Array.of(...FIXTURE, 0)).ok).toBe(false);
});
