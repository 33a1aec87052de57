import { expect, it } from 'vitest';
import { familyOfAddress, scopeOf } from './addresses.js';
import { readRelayUrl, sameRelay } from './relay-url.js';

it.each([
  ['turn:a.example', { transport: 'udp', host: 'a.example', port: 3478 }],
  ['turn:A.example:99?transport=tcp', { transport: 'tcp', host: 'a.example', port: 99 }],
  ['turns:a.example', { transport: 'tls', host: 'a.example', port: 5349 }],
  ['turns:[2001:db8::1]:443?transport=tcp', { transport: 'tls', host: '2001:db8::1', port: 443 }],
  ['stun:a.example', undefined],
  ['turn:', undefined],
  ['https://a.example', undefined],
])('%s', (url, read) => {
  expect(readRelayUrl(url)).toEqual(read);
});

it('knows a server by whatever spelling', () => {
  expect(sameRelay('turn:a.example', 'turn:A.example:3478?transport=udp')).toBe(true);
  expect(sameRelay('turn:a.example', 'turn:a.example?transport=tcp')).toBe(false);
  expect(sameRelay('turn:a.example', 'turn:b.example')).toBe(false);
  expect(sameRelay('garbage', 'garbage')).toBe(true);
});

it.each([
  ['127.0.0.1', 'loopback'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.255.255', 'private'],
  ['192.169.0.1', 'public'],
  ['100.64.0.1', 'private'],
  ['169.254.1.1', 'link'],
  ['255.255.255.255', 'public'],
  ['::ffff:10.0.0.1', 'private'],
  ['::1', 'loopback'],
  ['FE80::1', 'link'],
  ['fd00::1', 'private'],
  ['2001:db8::1', 'public'],
  ['f3b1.local', undefined],
  [undefined, undefined],
])('%s is %s', (address, scope) => {
  expect(scopeOf(address)).toBe(scope);
});

it('tells families apart', () => {
  expect(['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', 'f3b1.local', undefined].map(familyOfAddress)).toEqual([
    'ipv4',
    'ipv4',
    'ipv6',
    undefined,
    undefined,
  ]);
});
