import { toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { parseCertificateVerify, writeCertificateVerify } from './certificate-verify.js';

const FIXTURE = bytesOf([
  ['rsa_pkcs1 with SHA-512', '0601'],
  ['signature, 4 bytes here', '0004 deadbeef'],
]);

it('reads and writes a CertificateVerify', () => {
  const parsed = parseCertificateVerify(FIXTURE);
  expect(parsed.ok && parsed.value.scheme).toBe(0x0601);
  expect(parsed.ok && toHex(parsed.value.signature)).toBe('deadbeef');
  expect(parsed.ok && toHex(writeCertificateVerify(parsed.value))).toBe(toHex(FIXTURE));
});

it('refuses truncations and trailing bytes', () => {
  for (let length = 0; length < FIXTURE.length; length += 1) {
    expect(parseCertificateVerify(FIXTURE.subarray(0, length)).ok, `${length} bytes`).toBe(false);
  }
  expect(parseCertificateVerify(Uint8Array.of(...FIXTURE, 0)).ok).toBe(false);
});
