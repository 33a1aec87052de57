import { expect, it } from 'vitest';
import {
  advertisedTowards,
  browserAddresses,
  reachableAddresses,
  resolveHost,
  sourceAddressTowards,
} from './addresses.js';

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
  const behindNat = { host: '0.0.0.0', advertisedAddress: '203.0.113.9' };
  expect(await advertisedTowards('127.0.0.1', behindNat)).toBe('127.0.0.1');
  expect(await advertisedTowards('198.51.100.1', behindNat)).toBe('203.0.113.9');
  const bound = { host: '192.0.2.10' };
  expect(await advertisedTowards('127.0.0.1', bound)).toBe('192.0.2.10');
  expect(await advertisedTowards('198.51.100.1', { ...behindNat, ...bound })).toBe('203.0.113.9');
});

it('never calls itself by the unspecified address', async () => {
  // Nobody may connect to the broadcast address, which is as good as having no route.
  expect(await sourceAddressTowards('255.255.255.255')).toBe('127.0.0.1');
});

it('tells browsers the addresses it is bound to', () => {
  expect(browserAddresses('127.0.0.1', undefined)).toEqual(['127.0.0.1']);
  expect(browserAddresses('192.0.2.1', ['203.0.113.9'])).toEqual(['203.0.113.9']);
  expect(browserAddresses('0.0.0.0', undefined)).toEqual(reachableAddresses());
});

it('resolves names and addresses', async () => {
  expect(await resolveHost('localhost')).toBe('127.0.0.1');
  expect(await resolveHost('[::1]')).toBe('::1');
  expect(await resolveHost('does-not-exist.invalid')).toBeUndefined();
});
