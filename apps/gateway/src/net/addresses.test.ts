import { expect, it } from 'vitest';
import { advertisedTowards, reachableAddresses, resolveHost, sourceAddressTowards } from './addresses.js';

const entry = (address: string, internal: boolean) => ({
  address,
  internal,
  family: 'IPv4' as const,
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  cidr: null,
});

it('offers every address but loopback, and loopback when there is no other', () => {
  expect(reachableAddresses({ lo: [entry('127.0.0.1', true)], eth0: [entry('192.0.2.7', false)] })).toEqual([
    '192.0.2.7',
  ]);
  expect(reachableAddresses({ lo: [entry('127.0.0.1', true)] })).toEqual(['127.0.0.1']);
});

it('speaks of itself as the far end can reach it', async () => {
  expect(await sourceAddressTowards('127.0.0.1')).toBe('127.0.0.1');
  expect(await advertisedTowards('127.0.0.1', '203.0.113.9')).toBe('127.0.0.1');
  expect(await advertisedTowards('198.51.100.1', '203.0.113.9')).toBe('203.0.113.9');
});

it('resolves names and addresses', async () => {
  expect(await resolveHost('localhost')).toBe('127.0.0.1');
  expect(await resolveHost('[::1]')).toBe('::1');
  expect(await resolveHost('does-not-exist.invalid')).toBeUndefined();
});
