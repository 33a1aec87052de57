import { createHash } from 'node:crypto';
import { nodeCrypto } from '@earshot/crypto';
import { expect, it } from 'vitest';
import { matchesFingerprint } from './fingerprint.js';

const DER = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05);

function fingerprint(algorithm: string, der: Uint8Array = DER): { algorithm: string; value: string } {
  const digest = createHash(algorithm.replace('-', '')).update(der).digest('hex').toUpperCase();
  return { algorithm, value: digest.replace(/(..)(?=.)/g, '$1:') };
}

const OTHER = Uint8Array.of(1, 2, 3);

it.each(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512'])('matches by %s, in either case', (algorithm) => {
  const { value } = fingerprint(algorithm);
  expect(matchesFingerprint(nodeCrypto, DER, [{ algorithm, value }])).toBe(true);
  expect(
    matchesFingerprint(nodeCrypto, DER, [{ algorithm: algorithm.toUpperCase(), value: value.toLowerCase() }]),
  ).toBe(true);
  expect(matchesFingerprint(nodeCrypto, OTHER, [{ algorithm, value }])).toBe(false);
});

it('is satisfied by one of several certificates of the same hash', () => {
  expect(matchesFingerprint(nodeCrypto, DER, [fingerprint('sha-256', OTHER), fingerprint('sha-256')])).toBe(true);
});

it('lets the strongest hash decide, so that a forged weak one does not help', () => {
  expect(matchesFingerprint(nodeCrypto, DER, [fingerprint('sha-1'), fingerprint('sha-256', OTHER)])).toBe(false);
  expect(matchesFingerprint(nodeCrypto, DER, [fingerprint('sha-1', OTHER), fingerprint('sha-256')])).toBe(true);
});

it('matches nothing without a hash it knows', () => {
  expect(matchesFingerprint(nodeCrypto, DER, [])).toBe(false);
  expect(matchesFingerprint(nodeCrypto, DER, [fingerprint('md5')])).toBe(false);
  expect(matchesFingerprint(nodeCrypto, DER, [{ algorithm: 'sha-256', value: '' }])).toBe(false);
});
