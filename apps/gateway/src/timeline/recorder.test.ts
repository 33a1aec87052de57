import type { BrowserEvent, CallTimeline, GatewayEvent } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { CallRecorder, MAX_ENTRIES } from './recorder.js';

const START = 1_000_000;
const from = { address: '198.51.100.9', port: 60_000 };

const recorder = (): CallRecorder => new CallRecorder('c1', START, 'browser');
const check = (count: number, at: number, outcome = 'valid'): GatewayEvent => ({
  type: 'ice.check',
  leg: 'caller',
  outcome,
  from,
  count,
  until: at,
});
const connection = (state: 'connecting' | 'connected', atMs: number): BrowserEvent => ({
  type: 'ice.connection',
  atMs,
  state,
});
const seen = ({ entries }: CallTimeline): string[] =>
  entries.map(({ at, source, event }) => `${at - START} ${source} ${event.type}`);

describe('a recorder', () => {
  it('puts what everybody saw into one order', () => {
    const call = recorder();
    call.gateway(START, { type: 'call.state', state: 'routing' });
    call.clockOf('caller').arrived(START, 700); // what the page did before it asked
    call.browser(START + 450, 'caller', [connection('connecting', 750), connection('connected', 950)], 1_140);
    call.relay(START + 100, 'caller', {
      type: 'turn.allocated',
      transport: 'udp',
      client: from,
      relayed: { address: '203.0.113.5', port: 45_000 },
      lifetimeMs: 600_000,
    });
    call.gateway(START + 600, { type: 'call.ended', result: 'completed', by: 'caller' });
    const timeline = call.snapshot();
    expect(seen(timeline)).toEqual([
      '0 gateway call.state',
      '50 browser ice.connection',
      '100 relay turn.allocated',
      '250 browser ice.connection',
      '600 gateway call.ended',
    ]);
    expect(timeline).toMatchObject({ startedAt: START, endedAt: START + 600, caller: 'browser', omitted: 0 });
    expect(timeline.clocks).toEqual([{ leg: 'caller', askedAt: START - 700 }]);
  });

  it('holds no time back from a browser that says when it sent: what waits in a batch is placed as it happened', () => {
    const events = [connection('connecting', 100)];
    const [slow, quick] = [recorder(), recorder()];
    slow.browser(START + 1_100, 'caller', events);
    quick.browser(START + 1_100, 'caller', events, 1_100);
    expect(slow.snapshot().clocks[0]?.askedAt).toBe(START + 1_000);
    expect(quick.snapshot().clocks[0]?.askedAt).toBe(START);
  });

  it('knows that a browser is connected only after its check was answered', () => {
    const call = recorder();
    call.gateway(START + 300, check(1, START + 300));
    // It arrived 100 ms late, and says that it was connected 150 ms before.
    call.browser(START + 500, 'caller', [connection('connected', 250)], 400);
    const [clock] = call.snapshot().clocks;
    expect(clock).toEqual({ leg: 'caller', askedAt: START + 75, withinMs: 25 });
    // Of later paths nothing follows: what was connected again need not be later than the first check.
    call.browser(START + 9_000, 'caller', [connection('connected', 200)], 8_900);
    expect(call.snapshot().clocks).toEqual([clock]);
  });

  it('knows so, too, where the browser says it before the check is heard of', () => {
    const call = recorder();
    call.browser(START + 500, 'caller', [connection('connected', 250)], 400);
    call.gateway(START + 300, check(1, START + 300));
    expect(call.snapshot().clocks).toEqual([{ leg: 'caller', askedAt: START + 75, withinMs: 25 }]);
  });

  it('knows that a browser has a relay candidate only after the relay made it', () => {
    const call = recorder();
    const relayed = { address: '203.0.113.5', port: 45_000 };
    for (const at of [START + 100, START + 5_000]) {
      call.relay(at, 'caller', { type: 'turn.allocated', transport: 'udp', client: from, relayed, lifetimeMs: 1 });
    }
    const candidate = { type: 'relay', protocol: 'udp', ...relayed } as const;
    call.browser(START + 300, 'caller', [{ type: 'ice.candidate', atMs: 80, candidate }], 240);
    expect(call.snapshot().clocks).toEqual([{ leg: 'caller', askedAt: START + 40, withinMs: 20 }]);
  });

  it('moves what it placed already when it learns better', () => {
    const call = recorder();
    call.browser(START + 5_000, 'caller', [connection('connecting', 100)], 1_000); // kept back by a lost connection
    expect(seen(call.snapshot())).toEqual(['4100 browser ice.connection']);
    call.browser(START + 5_100, 'caller', [connection('connected', 5_000)], 5_080);
    expect(seen(call.snapshot())).toEqual(['120 browser ice.connection', '5020 browser ice.connection']);
  });

  it('counts checks of one kind in one entry, and those for other credentials in another', () => {
    const call = recorder();
    for (const count of [1, 2, 4, 8]) call.gateway(START + count, check(count, START + count));
    call.gateway(START + 9, check(1, START + 9, 'bad-integrity'));
    call.gateway(START + 20, check(1, START + 20));
    call.gateway(START + 21, check(2, START + 21));
    const { entries } = call.snapshot();
    expect(entries.map(({ at, event }) => [at - START, event])).toMatchObject([
      [1, { outcome: 'valid', count: 8, until: START + 8 }],
      [9, { outcome: 'bad-integrity', count: 1 }],
      [20, { outcome: 'valid', count: 2, until: START + 21 }],
    ]);
  });

  it('hands over what is new, and a check that was counted on once more', () => {
    const call = recorder();
    call.gateway(START + 1, check(1, START + 1));
    call.browser(START + 5, 'caller', [connection('connecting', 3)]);
    expect(call.takeNew().entries).toHaveLength(2);
    expect(call.takeNew().entries).toEqual([]);
    call.gateway(START + 9, check(2, START + 9));
    call.gateway(START + 10, { type: 'media.received', leg: 'caller' });
    expect(call.takeNew().entries.map(({ at, event }) => [at - START, event])).toMatchObject([
      [1, { type: 'ice.check', count: 2 }],
      [10, { type: 'media.received' }],
    ]);
    expect(call.snapshot().entries).toHaveLength(3);
  });

  it('has a share for what others can make us write, and room for all else', () => {
    const call = recorder();
    for (let cseq = 0; cseq < 2_000; cseq += 1) {
      const from = { leg: 'callee', direction: 'in', method: 'OPTIONS', cseq } as const;
      call.gateway(START + cseq, { type: 'sip.message', ...from, retransmission: false, bytes: 1 });
      call.gateway(START + cseq, { type: 'dtmf.relayed', leg: 'callee', delivered: true });
    }
    call.gateway(START + 3_000, { type: 'media.received', leg: 'caller' });
    const { entries, omitted } = call.snapshot();
    expect(entries).toHaveLength(MAX_ENTRIES['sip.message'] + MAX_ENTRIES['dtmf.relayed'] + 1);
    expect(omitted).toBe(4_001 - entries.length);
  });

  it('is bounded in each kind, and keeps the end whatever came before', () => {
    const call = recorder();
    const total = 2 * Math.max(...Object.values(MAX_ENTRIES));
    for (let count = 0; count < total; count += 1) {
      call.gateway(START + count, { type: 'media.received', leg: 'caller' });
      call.browser(START + count, 'caller', [connection('connecting', count)]);
      call.relay(START + count, 'caller', {
        type: 'turn.relaying',
        transport: 'udp',
        client: from,
        peer: from,
        direction: 'up',
      });
    }
    call.gateway(START + total, { type: 'call.ended', result: 'completed', by: 'caller' });
    call.gateway(START + total + 1, { type: 'call.ended', result: 'failed', by: 'gateway' });
    const timeline = call.snapshot();
    const kept = MAX_ENTRIES.gateway + MAX_ENTRIES.browser + MAX_ENTRIES.relay + 1;
    expect(timeline.entries).toHaveLength(kept);
    expect(timeline.omitted).toBe(3 * total + 1 - kept);
    expect(timeline.entries.at(-1)?.event).toMatchObject({ type: 'call.ended', result: 'completed' });
  });

  it('has room for the other browser, whatever one of them tells', () => {
    const call = recorder();
    const flood = Array.from({ length: 2_000 }, (_, atMs) => connection('connecting', atMs));
    call.browser(START, 'caller', flood);
    call.browser(START, 'callee', [connection('connected', 1)]);
    const legs = call.snapshot().entries.map((entry) => (entry.source === 'browser' ? entry.leg : undefined));
    expect(legs.filter((leg) => leg === 'caller')).toHaveLength(MAX_ENTRIES.browser);
    expect(legs.filter((leg) => leg === 'callee')).toHaveLength(1);
  });
});
