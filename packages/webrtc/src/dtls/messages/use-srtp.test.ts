import { toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { parseUseSrtp, writeUseSrtp } from './use-srtp.js';

const FIXTURE = bytesOf([
  ['profiles, 2: AEAD_AES_128_GCM, AES128_CM_HMAC_SHA1_80', '0004 0007 0001'],
  ['srtp_mki, 1 byte', '01 99'],
]);

it('reads and writes use_srtp', () => {
  const parsed = parseUseSrtp(FIXTURE);
  expect(parsed.ok && parsed.value.profiles).toEqual([7, 1]);
  expect(parsed.ok && toHex(parsed.value.mki)).toBe('99');
  expect(parsed.ok && toHex(writeUseSrtp(parsed.value))).toBe(toHex(FIXTURE));
});

it('refuses truncations and half a profile', () => {
  for (let length = 0; length < FIXTURE.length; length += 1) {
    expect(parseUseSrtp(FIXTURE.subarray(0, length)).ok, `${length} bytes`).toBe(false);
  }
  expect(parseUseSrtp(bytesOf([['3 bytes of profiles', '0003 000700 00']])).ok).toBe(false);
});
