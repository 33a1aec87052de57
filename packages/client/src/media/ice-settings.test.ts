import { expect, it } from 'vitest';
import { iceOfCall, relayUrls, turnTransport } from './ice-settings.js';

const servers = [
  { urls: ['stun:a', 'turn:a?transport=udp', 'turn:a:3478?transport=tcp'], username: 'u', credential: 'c' },
  { urls: ['turns:a:443?transport=tcp'], username: 'u', credential: 'c' },
];
const settings = {
  servers,
  policy: 'auto',
  policies: [
    { match: '+4930*', policy: 'all' },
    { match: '+49*', policy: 'relay' },
  ],
  expiresInMs: 500,
} as const;

it('takes the policy of the first destination that fits', () => {
  const policyOf = (destination: string | undefined): string => iceOfCall(settings, 0, destination).policy;
  expect(['+4930123', '+49401', 'echo', 'sip:+49401@example.org'].map(policyOf)).toEqual([
    'all',
    'relay',
    'auto',
    'auto',
  ]);
  expect(policyOf(undefined)).toBe('auto');
});

it('tells by its own clock when credentials expire', () => {
  expect(iceOfCall(settings, 1_000, 'echo').expiresAt).toBe(1_500);
  expect(iceOfCall({ servers, policy: 'all', policies: [] }, 1_000, 'echo').expiresAt).toBe(undefined);
});

it('knows relays and how they are spoken to', () => {
  expect(relayUrls(servers).map(turnTransport)).toEqual(['udp', 'tcp', 'tls']);
});
