import { describe, expect, it } from 'vitest';
import type { StoreFigures } from '../store/types.js';
import { NOTHING_RELAYED, QUIET } from '../testing/figures.js';
import type { GatewayFigures } from './figures.js';
import { healthOf, statusCodeOf } from './health.js';

const DAY = 86_400_000;
const NOW = 100 * DAY;
const relay = { ports: { udp: 3478, tcp: 3478 }, counters: NOTHING_RELAYED };

describe('health', () => {
  it('is well, and says how much there is', () => {
    const health = healthOf(
      {
        ...QUIET,
        sessions: () => 7,
        calls: () => 3,
        relay: () => ({ ...relay, counters: { ...NOTHING_RELAYED, active: { udp: 2, tcp: 1, tls: 0 } } }),
        externalRelays: () => [{ url: 'turn:a.example', up: true }],
        certificate: () => ({ expiresAt: NOW + 60 * DAY }),
      },
      NOW,
    );
    expect(health).toEqual({
      status: 'ok',
      parts: {
        media: { status: 'ok', running: 1, configured: 1 },
        sessions: { status: 'ok', count: 7 },
        calls: { status: 'ok', count: 3 },
        relay: { status: 'ok', ports: { udp: 3478, tcp: 3478 }, allocations: 3 },
        externalRelays: { status: 'ok', count: 1 },
        certificate: { status: 'ok', expires: '1970-06-10T00:00:00.000Z' },
      },
    });
    expect(statusCodeOf(health)).toBe(200);
  });

  it('leaves out what this installation does not have', () => {
    expect(Object.keys(healthOf({ ...QUIET, externalRelays: () => [] }, NOW).parts)).toEqual([
      'media',
      'sessions',
      'calls',
    ]);
  });

  const cases: readonly (readonly [string, Partial<GatewayFigures>, string, string, number])[] = [
    ['no media worker', { workers: () => ({ running: 0, configured: 2 }) }, 'media', 'down media.worker_failed', 503],
    ['one of two', { workers: () => ({ running: 1, configured: 2 }) }, 'media', 'degraded media.worker_failed', 200],
    ['a relay that stopped', { relay: () => undefined }, 'relay', 'degraded turn.worker_failed', 200],
    [
      'a relay that listens nowhere',
      { relay: () => ({ ...relay, ports: {} }) },
      'relay',
      'degraded turn.worker_failed',
      200,
    ],
    [
      'an external relay that is down',
      {
        externalRelays: () => [
          { url: 'turn:a.example', up: true },
          { url: 'turn:b.example', up: false },
          { url: 'turn:c.example', up: undefined },
        ],
      },
      'externalRelays',
      'degraded turn.unreachable',
      200,
    ],
    [
      'a certificate that expires soon',
      { certificate: () => ({ expiresAt: NOW + 14 * DAY }) },
      'certificate',
      'degraded server.certificate_expiring',
      200,
    ],
    [
      'a certificate that has expired',
      { certificate: () => ({ expiresAt: NOW }) },
      'certificate',
      'down server.certificate_expired',
      503,
    ],
  ];
  it.each(cases)('is told of %s', (_what, figures, part, expected, code) => {
    const health = healthOf({ ...QUIET, ...figures }, NOW);
    const found = health.parts[part];
    expect(`${found?.status} ${found?.code}`).toBe(expected);
    expect(health.status).toBe(found?.status);
    expect(statusCodeOf(health)).toBe(code);
  });

  it('names the external relays that are down', () => {
    const externalRelays = () => [{ url: 'turn:b.example', up: false }];
    expect(healthOf({ ...QUIET, externalRelays }, NOW).parts.externalRelays).toMatchObject({
      down: ['turn:b.example'],
    });
  });

  it('is degraded while records cannot be stored, or a trunk does not answer', () => {
    const store: StoreFigures = {
      kind: 'sqlite',
      recordsWaiting: 2,
      eventsWaiting: 0,
      samplesWaiting: 0,
      recordsKept: 5,
      eventsKept: 0,
      samplesKept: 0,
      eventsShed: 0,
      samplesShed: 0,
    };
    const trunks = [
      { name: 'main', state: 'up' },
      { name: 'spare', state: 'unknown' },
    ] as const;
    const well = healthOf({ ...QUIET, store: () => store, trunks: () => trunks }, NOW);
    expect(well).toMatchObject({
      status: 'ok',
      parts: { store: { status: 'ok', kind: 'sqlite', recordsWaiting: 2 }, trunks: { status: 'ok', count: 2 } },
    });
    const full = healthOf({ ...QUIET, store: () => ({ ...store, fault: { code: 'store.unwritable' } }) }, NOW);
    expect([full.status, full.parts.store]).toMatchObject(['degraded', { code: 'store.unwritable' }]);
    const dead = healthOf({ ...QUIET, trunks: () => [...trunks, { name: 'old', state: 'down' }] }, NOW);
    expect(dead.parts.trunks).toEqual({ status: 'degraded', code: 'sip.no_response', count: 3, down: ['old'] });
  });
});
