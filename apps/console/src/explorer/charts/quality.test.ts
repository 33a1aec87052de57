import { type CallTimeline, type Sample, TELEMETRY_VERSION, type TimelineEntry } from '@earshot/telemetry';
import { expect, it } from 'vitest';
import { gridOf } from './grid.js';
import { qualityOver } from './quality.js';

const START = 1_000_000;
const gateway = (ms: number, event: Extract<TimelineEntry, { source: 'gateway' }>['event']): TimelineEntry => ({
  ...{ at: START + ms, source: 'gateway', event },
});

/** What the caller's browser heard in one second; `concealed`: of 48,000 samples. */
const heard = (second: number, concealed: number): Sample => ({
  ...{ at: START + second * 1_000, source: 'browser', leg: 'caller' },
  figures: {
    ...{ ms: 1_000, packetsReceived: 50, bytesReceived: 4_000, packetsLost: 0, packetsSent: 50, roundTripMs: 20 },
    ...{ samplesReceived: 48_000, concealedSamples: concealed, silentConcealedSamples: 0, concealmentEvents: 1 },
    ...{ jitterMs: 2, jitterBufferMs: 40, remoteEnergy: 0.1, remoteSeconds: 1, micEnergy: 0.1, micSeconds: 1 },
  },
});

it('the quality of a call shows where it fell', () => {
  const samples = Array.from({ length: 20 }, (_, index) => heard(index + 1, index < 10 ? 0 : 9_000));
  const timeline: CallTimeline = {
    ...{ version: TELEMETRY_VERSION, callId: 'c', startedAt: START, endedAt: START + 20_000 },
    ...{ caller: 'browser', callee: 'sip', clocks: [], omitted: 0, omittedSamples: 0, samples },
    entries: [
      gateway(0, { type: 'call.state', state: 'answered' }),
      gateway(10, { type: 'call.codecs', mode: 'transcode', caller: 'opus', callee: 'PCMU' }),
      gateway(50, { type: 'call.state', state: 'connected' }),
    ],
  };
  const values = qualityOver(timeline, gridOf(20_000)).get('caller') ?? [];
  expect(values).toHaveLength(20);
  expect(values[2]).toBeGreaterThan(3.5);
  expect(values[18]).toBeLessThan((values[2] ?? 0) - 1);
  expect(qualityOver({ ...timeline, samples: [] }, gridOf(20_000)).size).toBe(0);
});
