import type { LiveCall } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { LiveRows } from './live-rows.js';

const call = (callId: string, startedAt: number, state: LiveCall['state'] = 'connected'): LiveCall => ({
  ...{ callId, startedAt, state },
  caller: 'browser',
});
const shown = ({ rows }: LiveRows): string[] =>
  rows.map(({ call: { callId, state }, endedAt }) => `${callId} ${endedAt === undefined ? state : 'gone'}`);

describe('rows of running calls', () => {
  it('keep their places: what is new comes below', () => {
    const rows = new LiveRows();
    rows.update([call('b', 2), call('a', 1)], 10, false);
    rows.update([call('c', 3), call('b', 2, 'held'), call('a', 1)], 20, false);
    expect(shown(rows)).toEqual(['a connected', 'b held', 'c connected']);
  });

  it('stay for a moment when the call is over', () => {
    const rows = new LiveRows();
    rows.update([call('a', 1), call('b', 2)], 0, false);
    rows.update([call('b', 2)], 1_000, false);
    expect(shown(rows)).toEqual(['a gone', 'b connected']);
    rows.update([call('b', 2)], 8_999, false);
    expect(shown(rows)).toHaveLength(2);
    rows.update([call('b', 2)], 9_000, false);
    expect(shown(rows)).toEqual(['b connected']);
  });

  it('do not go away under a hand, and come back with the call', () => {
    const rows = new LiveRows();
    rows.update([call('a', 1)], 0, false);
    rows.update([], 1_000, false);
    rows.update([], 60_000, true);
    expect(shown(rows)).toEqual(['a gone']);
    rows.update([call('a', 1)], 61_000, false);
    expect(shown(rows)).toEqual(['a connected']);
  });
});
