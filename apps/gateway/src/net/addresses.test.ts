import { expect, it } from 'vitest';
import { advertisedTowards, resolveHost, sourceAddressTowards } from './addresses.js';

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

it('resolves names and addresses', async () => {
  expect(await resolveHost('localhost')).toBe('127.0.0.1');
  expect(await resolveHost('[::1]')).toBe('::1');
  expect(await resolveHost('does-not-exist.invalid')).toBeUndefined();
});
