import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isIpAddress, isUnspecified } from './ip-address.js';

it('accepts every IPv4 and IPv6 address', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      expect(isIpAddress(address)).toBe(true);
    }),
    { seed: 791, numRuns: 300 },
  );
});

it.each([
  '',
  'pbx.example.org',
  '1.2.3',
  '1.2.3.256',
  '224.2.1.1/127',
  '::1::2',
  '1:2:3:4:5:6:7:8:9',
  'fe80::1%eth0',
  'g::1',
  ':1',
])('refuses %j', (text) => {
  expect(isIpAddress(text)).toBe(false);
});

it('knows the unspecified address', () => {
  expect(['0.0.0.0', '::', '0:0:0:0:0:0:0:0'].every(isUnspecified)).toBe(true);
  expect(['10.0.0.0', '::1', ''].some(isUnspecified)).toBe(false);
});
