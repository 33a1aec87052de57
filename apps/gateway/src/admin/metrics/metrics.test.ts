import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.js';
import { NOTHING_RELAYED, QUIET } from '../../testing/figures.js';
import { readMetrics } from '../../testing/metrics-text.js';
import { NO_CALLS } from '../../testing/operator-calls.js';
import { recordingLog } from '../../testing/records.js';
import { Timelines } from '../../timeline/index.js';
import { type AdminServer, CallMetrics, type GatewayFigures, startAdmin } from '../index.js';

const alice = { tag: 'alice' };
const from = { address: '198.51.100.9', port: 60_000 };
const NOW = 1_800_000_000_000;

let server: AdminServer;
let timelines: Timelines;

async function serve(figures: GatewayFigures = QUIET): Promise<void> {
  const registry = new Registry();
  timelines = new Timelines({ store: new MemoryStore(), knows: () => true, observers: [new CallMetrics(registry)] });
  const started = await startAdmin({
    ...{ host: '127.0.0.1', port: 0, log: recordingLog().log, version: '1.2.3', figures, registry },
    calls: NO_CALLS,
    states: () => timelines.states(),
    timeOfDay: () => NOW,
  });
  if (!started.ok) throw new Error(started.error.code);
  server = started.value;
}

beforeEach(() => serve());
afterEach(async () => {
  await timelines.close();
  await server.close();
});

async function again(figures: GatewayFigures): Promise<void> {
  await timelines.close();
  await server.close();
  await serve(figures);
}

const ask = (path: string): Promise<Response> => fetch(`${server.url}${path}`);
const metrics = async (): Promise<ReadonlyMap<string, number>> => readMetrics(await (await ask('/metrics')).text());

/** A call that went directly, if it was not refused. */
function call(id: string, ends = true): void {
  const watch = timelines.begin(id, alice);
  watch.calls('sip');
  for (const count of [1, 2, 4]) {
    watch.note({ type: 'ice.check', leg: 'caller', outcome: 'valid', from, count, until: 0 });
  }
  watch.note({ type: 'ice.state', leg: 'caller', state: 'connected', remote: from });
  watch.note({ type: 'call.state', state: 'answered' });
  watch.note({ type: 'call.state', state: 'connected' });
  if (ends) watch.note({ type: 'call.ended', result: 'completed', by: 'caller' });
}

describe('metrics', () => {
  it('count calls, their ends, their paths and checks', async () => {
    call('c1');
    call('c2');
    call('c3', false);
    timelines.begin('c4', alice).note({ type: 'call.ended', result: 'failed', by: 'gateway', code: 'call.unknown' });
    timelines.turnedAway('call.limit_reached', 'c5');
    const running = await metrics();
    expect(running.get('earshot_calls{state="connected"}')).toBe(1);
    expect(running.get('earshot_calls{state="ringing"}')).toBe(0);
    expect(running.get('earshot_calls_total{result="completed",code="none"}')).toBe(2);
    expect(running.get('earshot_calls_total{result="failed",code="call.unknown"}')).toBe(1);
    expect(running.get('earshot_calls_turned_away_total{code="call.limit_reached"}')).toBe(1);
    expect(running.get('earshot_time_to_audio_seconds_count')).toBe(3);
    expect(running.get('earshot_ice_checks_total{outcome="valid"}')).toBe(12);
    // Paths are counted once nothing more is to come.
    await timelines.close();
    const ended = await metrics();
    expect(ended.get('earshot_media_paths_total{via="direct",transport="udp",family="ipv4"}')).toBe(3);
    expect(ended.get('earshot_media_paths_none_total')).toBe(1);
  });

  it('count what was wrong with the ways of browsers', async () => {
    const watch = timelines.begin('c1', alice);
    watch.note({ type: 'ice.check', leg: 'caller', outcome: 'bad-integrity', from, count: 1, until: 0 });
    watch.note({ type: 'leg.silence', leg: 'caller', code: 'ice.credential_mismatch', afterMs: 5_000 });
    watch.note({ type: 'call.ended', result: 'failed', by: 'gateway', code: 'ice.credential_mismatch' });
    await timelines.close();
    const counted = await metrics();
    expect(counted.get('earshot_reach_findings_total{code="ice.credential_mismatch",weight="fault"}')).toBe(1);
  });

  it('take the time to audio from the answer to the first sound both ways, once', async () => {
    const watch = timelines.begin('c1', alice);
    for (const state of ['answered', 'answered', 'connected', 'reconnecting', 'connected'] as const) {
      watch.note({ type: 'call.state', state });
    }
    const counted = await metrics();
    expect(counted.get('earshot_time_to_audio_seconds_count')).toBe(1);
    expect(counted.get('earshot_time_to_audio_seconds_bucket{le="30"}')).toBe(1);
  });

  it('give the figures of every part', async () => {
    await again({
      ...QUIET,
      sessions: () => 4,
      waiting: () => ({ awake: 2, asleep: 1 }),
      relay: () => ({
        ports: { udp: 3478, tls: 5349 },
        counters: {
          ...NOTHING_RELAYED,
          active: { udp: 2, tcp: 0, tls: 1 },
          allocated: { udp: 5, tcp: 0, tls: 1 },
          packetsUp: 10,
          bytesDown: 2_000,
          refused: { 'turn.auth_failed': 3 },
        },
      }),
      credentials: () => ({ issued: 9, secretMadeAt: NOW - 60_000 }),
      externalRelays: () => [
        { url: 'turn:a.example', up: false },
        { url: 'turn:"b".example', up: true },
        { url: 'turn:c.example', up: undefined },
      ],
      certificate: () => ({ expiresAt: NOW + 3_600_000 }),
    });
    const counted = Object.fromEntries(await metrics());
    expect(counted).toMatchObject({
      earshot_sessions: 4,
      'earshot_waiting_pages{state="awake"}': 2,
      'earshot_waiting_pages{state="asleep"}': 1,
      earshot_media_workers: 1,
      earshot_media_workers_configured: 1,
      earshot_tls_certificate_expiry_seconds: 3_600,
      'earshot_relay_up{transport="udp"}': 1,
      'earshot_relay_up{transport="tcp"}': 0,
      'earshot_relay_allocations{transport="udp"}': 2,
      'earshot_relay_allocations_total{transport="udp"}': 5,
      'earshot_relay_packets_total{direction="up"}': 10,
      'earshot_relay_bytes_total{direction="down"}': 2_000,
      'earshot_relay_dropped_total{reason="bandwidth"}': 0,
      'earshot_relay_refusals_total{code="turn.auth_failed"}': 3,
      earshot_relay_credentials_issued_total: 9,
      earshot_relay_secret_age_seconds: 60,
      'earshot_external_relay_up{url="turn:a.example"}': 0,
      'earshot_external_relay_up{url="turn:\\"b\\".example"}': 1,
    });
    expect(counted['earshot_external_relay_up{url="turn:c.example"}']).toBeUndefined();
    expect(counted.process_resident_memory_bytes).toBeGreaterThan(0);
    expect(counted['earshot_event_loop_lag_seconds{quantile="0.99"}']).toBeGreaterThanOrEqual(0);
  });

  it('give the same at every scrape, where nothing happened', async () => {
    await again({ ...QUIET, credentials: () => ({ issued: 2 }), relay: () => undefined });
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const counted = await metrics();
      expect(counted.get('earshot_relay_credentials_issued_total')).toBe(2);
      expect(counted.get('earshot_relay_up{transport="udp"}')).toBe(0);
      expect(counted.has('earshot_relay_secret_age_seconds')).toBe(false);
    }
  });

  it('hold no personal data', async () => {
    call('c1');
    await timelines.close();
    expect(await (await ask('/metrics')).text()).not.toMatch(/198\.51|alice|c1"/);
  });
});
