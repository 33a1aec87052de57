import { type CallTimeline, TELEMETRY_VERSION, type TimelineEntry, type Verdict } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { barsOf, segmentsOf, wholeOf } from './segments.js';

const START = 1_000_000;
const state = (ms: number, name: 'ringing' | 'connected'): TimelineEntry => ({
  ...{ at: START + ms, source: 'gateway' },
  event: { type: 'call.state', state: name },
});
const call = (rest: Partial<CallTimeline>): CallTimeline => ({
  ...{ version: TELEMETRY_VERSION, callId: 'c', startedAt: START, caller: 'browser', callee: 'sip' },
  ...{ clocks: [], entries: [], samples: [], omitted: 0, omittedSamples: 0 },
  ...rest,
});

describe('the time that is drawn', () => {
  it('reaches from the first to the last that was seen', () => {
    expect(wholeOf(call({}))).toEqual({ from: 0, to: 1_000 });
    expect(wholeOf(call({ entries: [state(-200, 'ringing')], endedAt: START + 5_000 }))).toEqual({
      from: -200,
      to: 5_000,
    });
    expect(wholeOf(call({ entries: [state(-60_000, 'ringing'), state(3_000, 'connected')] }))).toEqual({
      from: -2_000,
      to: 3_000,
    });
  });

  it('is cut into the states of the call', () => {
    const timeline = call({ entries: [state(100, 'ringing'), state(900, 'connected')], endedAt: START + 4_000 });
    expect(segmentsOf(timeline, wholeOf(timeline))).toEqual([
      { state: 'new', from: 0, to: 100 },
      { state: 'ringing', from: 100, to: 900 },
      { state: 'connected', from: 900, to: 4_000 },
    ]);
  });
});

it('verdicts that overlap have lines of their own', () => {
  const verdict = (since: number, until?: number): Verdict => ({
    ...{ code: 'network.loss', layer: 'network', side: 'caller', weight: 'degraded', confidence: 1, text: '' },
    ...{ next: { user: '', operator: '' }, evidence: [], consequences: [] },
    since: START + since,
    ...(until === undefined ? {} : { until: START + until }),
  });
  const bars = barsOf([verdict(0), verdict(100, 200), verdict(300, 400)], START, { from: 0, to: 1_000 });
  expect(bars.map(({ from, to, line }) => [from, to, line])).toEqual([
    [0, 1_000, 0],
    [100, 200, 1],
    [300, 400, 1],
  ]);
});
