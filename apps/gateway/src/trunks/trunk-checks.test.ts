import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordingLog } from '../testing/records.js';
import { TrunkChecks, type TrunkStatus } from './index.js';
import type { OptionsEvent } from './trunk-checks.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world(resolve: (host: string) => Promise<string | undefined>) {
  const { log, records, text } = recordingLog();
  const sent: { id: string; uri: string; to: unknown }[] = [];
  const changes: TrunkStatus[] = [];
  const local = { address: '0.0.0.0', port: 5060 };
  const checks = new TrunkChecks({
    targets: new Map([['pbx', 'sip:pbx.example.com:5070']]),
    intervalMs: 30_000,
    log,
    resolve,
    random: () => 0.5,
    onChange: (status) => changes.push(status),
    agent: {
      flowTo: (remote) => ({ transport: 'udp', local, remote }),
      handle: (input) => {
        if (input.type === 'options') sent.push({ id: input.id, uri: input.uri, to: input.flow.remote });
      },
    },
  });
  return { checks, sent, changes, records, text };
}

describe('checks of trunks', () => {
  it('send OPTIONS to where the name leads, and say what came of it', async () => {
    const { checks, sent, changes, records, text } = world(async () => '192.0.2.7');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([
      { id: 'trunk-1-pbx', uri: 'sip:pbx.example.com:5070', to: { address: '192.0.2.7', port: 5070 } },
    ]);
    const answer: OptionsEvent = { type: 'options', id: 'trunk-1-pbx', status: 200 };
    checks.onOptions(answer);
    checks.onOptions(answer);
    await vi.advanceTimersByTimeAsync(31_000);
    checks.onOptions({ type: 'options', id: 'trunk-2-pbx', status: 503 });
    expect(changes.map(({ state }) => state)).toEqual(['up', 'down']);
    expect(checks.statuses).toMatchObject([{ name: 'pbx', state: 'down', reason: 'it answered 503' }]);
    expect(records).toMatchObject([
      { level: 30, trunk: 'pbx', msg: 'trunk is up' },
      { level: 40, trunk: 'pbx', reason: 'it answered 503', msg: 'trunk is down' },
    ]);
    expect(text()).not.toContain('192.0.2');
    checks.stop();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(sent).toHaveLength(2);
  });

  it('take a name without an address for a trunk that is down', async () => {
    const { checks, sent } = world(async () => undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([]);
    expect(checks.statuses).toMatchObject([{ state: 'down', reason: expect.stringMatching(/sip\.transport_failed/) }]);
    checks.stop();
  });
});
