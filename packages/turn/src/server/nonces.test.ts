import { nodeCrypto } from '@earshot/crypto';
import { expect, it } from 'vitest';
import { START } from '../testing/relay-world.js';
import { seededBytes } from '../testing/seeded-bytes.js';
import { NONCE_LENGTH, Nonces } from './nonces.js';

const HOUR = 3_600_000;
const CLIENT = { address: '198.51.100.7', port: 4000 };
const nonces = new Nonces(nodeCrypto, seededBytes(1), HOUR);

it('are as short as the RFC allows, and made of printable characters', () => {
  const nonce = nonces.issue(START, CLIENT);
  expect(nonce).toMatch(/^obMatJos2AAAB[A-Za-z0-9+/]{15}$/);
  expect(nonce).toHaveLength(NONCE_LENGTH);
});

it('are fresh for their lifetime, and never before they were made', () => {
  const nonce = nonces.issue(START, CLIENT);
  expect([0, 59_999, HOUR, HOUR + 60_000, -60_000].map((age) => nonces.isFresh(START + age, CLIENT, nonce))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

it('differ between clients, minutes and servers', () => {
  const others = [
    nonces.issue(START, { ...CLIENT, port: 4001 }),
    nonces.issue(START, { ...CLIENT, address: '198.51.100.8' }),
    nonces.issue(START + 60_000, CLIENT),
    new Nonces(nodeCrypto, seededBytes(2), HOUR).issue(START, CLIENT),
  ];
  expect(new Set([nonces.issue(START, CLIENT), ...others]).size).toBe(5);
  expect(nonces.issue(START + 1000, CLIENT)).toBe(nonces.issue(START, CLIENT));
});

it('are told apart across the turn of their 24-bit clock', () => {
  const turn = 0x1000000 * 60_000 * 2;
  const nonce = nonces.issue(turn - 60_000, CLIENT);
  expect(nonces.isFresh(turn + 60_000, CLIENT, nonce)).toBe(true);
  expect(nonces.isFresh(turn + 2 * HOUR, CLIENT, nonce)).toBe(false);
});
