import { toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { parseCertificate, writeCertificate } from './certificate.js';

const FIXTURE = bytesOf([
  ['list, 11 bytes', '00000b'],
  ['first certificate, 3 bytes', '000003 30aabb'],
  ['second, 2 bytes', '000002 30cc'],
]);

it('reads and writes a chain', () => {
  const parsed = parseCertificate(FIXTURE);
  expect(parsed.ok && parsed.value.map(toHex)).toEqual(['30aabb', '30cc']);
  expect(parsed.ok && toHex(writeCertificate(parsed.value))).toBe(toHex(FIXTURE));
});

it('reads the empty list of a client without a certificate', () => {
  expect(parseCertificate(new Uint8Array(3))).toEqual({ ok: true, value: [] });
  expect(toHex(writeCertificate([]))).toBe('000000');
});

it('refuses every truncation and a certificate that overruns the list', () => {
  for (let length = 0; length < FIXTURE.length; length += 1) {
    expect(parseCertificate(FIXTURE.subarray(0, length)).ok, `${length} bytes`).toBe(false);
  }
  const overrun = FIXTURE.slice();
  overrun[11] = 3;
  expect(parseCertificate(overrun).ok).toBe(false);
});
