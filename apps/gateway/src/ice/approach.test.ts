import { expect, it } from 'vitest';
import { isHostName, readHost } from './approach.js';

it.each([
  ['gateway.example', { name: 'gateway.example', port: undefined }],
  ['Gateway.Example:8443', { name: 'gateway.example', port: 8443 }],
  ['localhost:80', { name: 'localhost', port: 80 }],
  ['192.0.2.1:443', { name: '192.0.2.1', port: 443 }],
  ['[2001:DB8::1]:443', { name: '[2001:db8::1]', port: 443 }],
  ['[::ffff:192.0.2.1]', { name: '[::ffff:192.0.2.1]', port: undefined }],
  ['xn--bcher-kva.example.', { name: 'xn--bcher-kva.example.', port: undefined }],
  ['4u.example', { name: '4u.example', port: undefined }],
])('reads %s', (header, expected) => {
  expect(readHost(header)).toEqual(expected);
});

it.each([
  undefined,
  '',
  ':443',
  'gateway.example:',
  'gateway.example:0',
  'gateway.example:65536',
  'gateway.example:443?transport=udp',
  'user@gateway.example',
  'gateway.example/path',
  'gateway.example#x',
  'gate way.example',
  'gateway.example\r\nX: y',
  'gateway..example',
  '-gateway.example',
  'gateway_1',
  `${'a'.repeat(64)}.example`,
  `${'a.'.repeat(127)}example`,
  '2001:db8::1',
  '[2001:db8::1',
  '[2001:db8::1%eth0]',
  '[gateway.example]',
  // What a URL parser would take for an IPv4 address.
  '192.0.2',
  '3221225985',
  '192.0.2.256',
  '0xc0000201',
  'a.0x1',
])('refuses %j', (header) => {
  expect(readHost(header)).toBeUndefined();
});

it('knows IPv6 addresses by their brackets', () => {
  expect([isHostName('[::1]'), isHostName('::1'), isHostName('a.example')]).toEqual([true, false, true]);
});
