import { toHex } from '@earshot/base';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatIp, parseIp, unmapIpv4 } from './ip.js';

it.each([
  ['192.0.2.1', 'c0000201'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['2001:db8::8:800:200c:417a', '20010db80000000000080800200c417a'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
])('reads %s', (text, hex) => {
  expect(toHex(parseIp(text) ?? new Uint8Array())).toBe(hex);
});

it.each([
  '',
  'localhost',
  '1.2.3',
  '1.2.3.256',
  '1.2.3.4.5',
  ':',
  ':::',
  '1:2',
  '1::2::3',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '12345::',
  'g::',
  '1.2.3.4::',
  '::1.2.3',
  'a.b.c.d',
  '1:2:3:4:5:6:7:',
])('refuses "%s"', (text) => {
  expect(parseIp(text)).toBeUndefined();
});

it.each([
  [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], '2001:db8::1:0:0:1'],
  [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], '2001:db8:0:1:1:1:1:1'],
  [[0, 0, 0, 0, 0, 0, 0, 0], '::'],
  [[1, 0, 0, 0, 0, 0, 0, 0], '1::'],
])('writes %j in the canonical form %s', (groups, text) => {
  expect(formatIp(Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255])))).toBe(text);
});

it('reads back whatever it writes', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.array(fc.constantFrom(0, 0, 1, 255), { minLength: 16, maxLength: 16 }).map((values) => Uint8Array.from(values)),
  );
  fc.assert(
    fc.property(bytes, (ip) => {
      expect(toHex(parseIp(formatIp(ip)) ?? new Uint8Array())).toBe(toHex(ip));
    }),
    { seed: 4291, numRuns: 500 },
  );
});

it('takes the IPv4 address out of an IPv4-mapped one', () => {
  expect(formatIp(unmapIpv4(parseIp('::ffff:192.0.2.1') ?? new Uint8Array()))).toBe('192.0.2.1');
  expect(formatIp(unmapIpv4(parseIp('1::ffff:102:304') ?? new Uint8Array()))).toBe('1::ffff:102:304');
});
