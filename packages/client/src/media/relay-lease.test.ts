import { expect, it } from 'vitest';
import type { CallIce } from './ice-settings.js';
import { RelayLease, SAFE_REMAINDER } from './relay-lease.js';

const HOUR = 3_600_000;

const credentials = (username: string, expiresAt: number): CallIce => ({
  servers: [{ urls: ['turn:relay.example.com'], username, credential: username }],
  policy: 'auto',
  expiresAt,
});

it('moves a relayed call in time before its credentials expire, and not before there are others', () => {
  const lease = new RelayLease(credentials('a', 12 * HOUR));
  const due = 12 * HOUR - SAFE_REMAINDER;
  expect(lease.isDue(due, 'relay')).toBe(false);
  lease.renew(credentials('b', 18 * HOUR), false);
  expect(lease.isDue(6 * HOUR, 'relay')).toBe(false);
  expect(lease.isDue(due, 'direct')).toBe(false);
  expect(lease.isDue(due, 'relay')).toBe(true);
  lease.gathered();
  expect(lease.isDue(due, 'relay')).toBe(false);
});

it('moves at once when little is left', () => {
  const lease = new RelayLease(credentials('a', 60_000));
  lease.renew(credentials('b', 90_000), false);
  expect(lease.isDue(30_000, 'relay')).toBe(true);
});

it('stays when the same credentials come again, as with a resumed session', () => {
  const lease = new RelayLease(credentials('a', 60_000));
  lease.renew(credentials('a', 60_003), false);
  expect(lease.isDue(50_000, 'relay')).toBe(false);
});

it('moves at once when the credentials before are refused, even while the path is built', () => {
  const lease = new RelayLease(credentials('a', 12 * HOUR));
  lease.renew(credentials('b', 18 * HOUR), true);
  lease.renew(credentials('c', 18 * HOUR), false);
  expect(['relay', 'direct', undefined].map((via) => lease.isDue(0, via as 'relay'))).toEqual([true, false, true]);
  lease.gathered();
  expect(lease.isDue(0, 'relay')).toBe(false);
});
