import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordOf, timelineOf } from '../../testing/closed-calls.js';
import { recordingLog } from '../../testing/records.js';
import { AlertWatch } from './alert-watch.js';
import { type AlertEvent, Alerts } from './alerts.js';

beforeEach(() => void vi.useFakeTimers({ now: 1_800_000_000_000 }));
afterEach(() => void vi.useRealTimers());

function start() {
  const { log, records, text } = recordingLog();
  const told: AlertEvent[] = [];
  const alerts = new Alerts([
    { rule: 'ice-failures', by: 'network', above: 0.5, windowSeconds: 60, minCalls: 2 },
    { rule: 'trunk-down' },
  ]);
  const watch = new AlertWatch(alerts, { now: Date.now, log, onAlert: (event) => told.push(event) });
  return { watch, told, records, text };
}

const FAILED = recordOf({
  cause: { code: 'ice.udp_blocked', layer: 'transport', side: 'caller', weight: 'fault', confidence: 1 },
});

describe('alerts', () => {
  it('are told and logged once, when they are raised and when they are over; networks are not logged', async () => {
    const { watch, told, records, text } = start();
    for (let index = 0; index < 5; index += 1) watch.closed(timelineOf(), FAILED);
    // The window slides without calls.
    await vi.advanceTimersByTimeAsync(70_000);
    expect(told.map(({ type, group }) => [type, group])).toEqual([
      ['alert.raised', '198.51.100.0/24'],
      ['alert.cleared', '198.51.100.0/24'],
    ]);
    expect(records).toMatchObject([
      { level: 40, rule: 'ice-failures-by-network', value: 1, threshold: 0.5, calls: 2, msg: 'alert raised' },
      { level: 30, rule: 'ice-failures-by-network', msg: 'alert cleared' },
    ]);
    expect(text()).not.toContain('198.51');
    watch.stop();
  });

  it('hear of trunks; one that was never up may be down', () => {
    const { watch, told, records } = start();
    watch.trunkChanged({ name: 'pbx', state: 'down', reason: 'it answered 503', checks: 1, failures: 1 });
    watch.trunkChanged({ name: 'pbx', state: 'up', checks: 2, failures: 1 });
    expect(told.map(({ type, text }) => [type, text])).toEqual([
      ['alert.raised', 'The trunk pbx is down: it answered 503.'],
      ['alert.cleared', 'The trunk pbx answers again.'],
    ]);
    expect(records).toMatchObject([
      { level: 40, rule: 'trunk-down', group: 'pbx' },
      { level: 30, rule: 'trunk-down', group: 'pbx' },
    ]);
    watch.stop();
    vi.advanceTimersByTime(60_000);
    expect(told).toHaveLength(2);
  });
});
