import { type Fault, fault } from '@earshot/base';
import type { BrowserEvent } from '@earshot/telemetry';
import { expect, it } from 'vitest';
import { nameOfNoPath } from './path-fault.js';

const URL = 'turn:relay.example.com?transport=udp';
const TLS = 'turns:relay.example.com:443?transport=tcp';
const BLOCKED = fault('ice.udp_blocked', 'no connectivity check arrived', 'caller');

const attempt = (policy: 'all' | 'relay' = 'all', atMs = 0): BrowserEvent => ({
  type: 'ice.attempt',
  atMs,
  policy,
  reason: 'start',
});
const host: BrowserEvent = { type: 'ice.candidate', atMs: 1, candidate: { type: 'host', protocol: 'udp' } };
const relay: BrowserEvent = { type: 'ice.candidate', atMs: 1, candidate: { type: 'relay', protocol: 'udp' } };
const miss = (errorCode: number, url = URL): BrowserEvent => ({ type: 'ice.candidate_error', atMs: 2, url, errorCode });
const connected: BrowserEvent = { type: 'ice.connection', atMs: 3, state: 'connected' };

const name = (events: readonly BrowserEvent[], relays: readonly string[] = [URL, TLS], why: Fault = BLOCKED): Fault =>
  nameOfNoPath(why, events, relays);

it.each([
  ['a relay that refuses the credentials', [attempt(), host, miss(401)], 'turn.auth_failed'],
  ['a refusal by one relay, silence of another', [attempt(), host, miss(701, TLS), miss(401)], 'turn.auth_failed'],
  ['a relay that is full for this user', [attempt(), host, miss(486)], 'turn.quota_reached'],
  ['a relay that is full', [attempt(), host, miss(508)], 'turn.relay_full'],
  ['relays out of reach', [attempt(), host, miss(701), miss(701, TLS)], 'turn.unreachable'],
  ['relays that say nothing', [attempt(), host], 'turn.silent'],
  ['a relay that leads nowhere', [attempt(), host, relay, miss(701, TLS)], 'turn.not_relaying'],
  ['no network at all', [attempt(), miss(701)], 'ice.no_candidates'],
  ['relays out of reach where only they may be used', [attempt('relay'), miss(701)], 'turn.unreachable'],
] as const)('names %s', (_name, events, code) => {
  expect(name(events).code).toBe(code);
});

it('says which relays and what they answered', () => {
  const { detail } = name([attempt(), host, miss(701), miss(701), miss(701, TLS)]);
  expect(detail).toBe(`${URL} 701, ${TLS} 701`);
});

it('leaves the name to the gateway where no relay was to be used', () => {
  expect(name([attempt(), host], [])).toBe(BLOCKED);
  expect(name([attempt(), host], [], fault('ice.failed')).code).toBe('ice.nat_needs_relay');
  expect(name([attempt('relay')], []).code).toBe('ice.nat_needs_relay');
});

it('leaves failures of other kinds alone', () => {
  const why = fault('media.far_end_leg_dead');
  expect(name([attempt(), host, miss(401)], [URL], why)).toBe(why);
});

it('judges by the attempts since the path last worked, and by one that already says something', () => {
  expect(name([attempt(), host, miss(401), connected])).toBe(BLOCKED);
  expect(name([attempt(), miss(401), host, connected, attempt('all', 9), host, miss(701)]).code).toBe(
    'turn.unreachable',
  );
  expect(name([attempt(), host, miss(401), attempt('relay', 9)]).code).toBe('turn.auth_failed');
});
