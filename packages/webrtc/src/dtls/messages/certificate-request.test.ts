import { toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { parseCertificateRequest, writeCertificateRequest } from './certificate-request.js';

const FIXTURE = bytesOf([
  ['certificate_types ecdsa_sign, rsa_sign', '02 40 01'],
  ['signature algorithms, 2', '0004 0403 0401'],
  ['no authorities', '0000'],
]);

it('reads and writes a CertificateRequest', () => {
  const parsed = parseCertificateRequest(FIXTURE);
  expect(parsed.ok).toBe(true);
  if (!parsed.ok) return;
  expect([...parsed.value.certificateTypes]).toEqual([64, 1]);
  expect(parsed.value.signatureSchemes).toEqual([0x0403, 0x0401]);
  expect(toHex(writeCertificateRequest(parsed.value))).toBe(toHex(FIXTURE));
});

it('refuses truncations and half an algorithm', () => {
  for (let length = 0; length < FIXTURE.length; length += 1) {
    expect(parseCertificateRequest(FIXTURE.subarray(0, length)).ok, `${length} bytes`).toBe(false);
  }
  expect(parseCertificateRequest(bytesOf([['3 bytes of algorithms', '0140 0003 040304 0000']])).ok).toBe(false);
});
