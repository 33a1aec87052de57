import { type CallRecord, type CallTimeline, type GatewayEvent, recordKey, type Verdict } from '@earshot/telemetry';
import type { CallNow } from '../timeline/observer.js';

export const CALL_ID = '0123456789abcdef0123456789abcdef';
export const STARTED_AT = 1_800_000_000_000;

/** The record of a call from a browser to a phone that went well, but for what is given. */
export const recordOf = (given: Partial<CallRecord> = {}): CallRecord => ({
  key: recordKey(STARTED_AT, CALL_ID),
  callId: CALL_ID,
  startedAt: STARTED_AT,
  answeredAt: STARTED_AT + 3_000,
  connectedAt: STARTED_AT + 3_400,
  endedAt: STARTED_AT + 60_000,
  caller: 'browser',
  callee: 'sip',
  from: 'alice',
  to: '+493012345678',
  direction: 'outbound',
  trunk: 'pbx',
  result: 'completed',
  by: 'caller',
  browsers: [
    {
      leg: 'caller',
      browser: { name: 'Chromium', version: '156' },
      via: 'direct',
      transport: 'udp',
      family: 'ipv4',
      network: '198.51.100.0/24',
      networkType: 'wifi',
    },
  ],
  quality: [{ leg: 'caller', mos: 4.1, worstMos: 3.9 }],
  withoutAudio: false,
  provisional: false,
  ...given,
});

export const verdictOf = (given: Partial<Verdict> = {}): Verdict => ({
  code: 'ice.udp_blocked',
  layer: 'transport',
  side: 'caller',
  weight: 'fault',
  confidence: 0.9,
  since: STARTED_AT + 1_000,
  text: 'Nothing came from 198.51.100.9.',
  next: { user: 'Use another network.', operator: 'Look at the firewall.' },
  evidence: [{ at: STARTED_AT + 1_000, entry: 0, text: 'nothing came' }],
  consequences: [],
  ...given,
});

/** What the gateway noted, in ms after the start. */
export function timelineOf(events: readonly (readonly [ms: number, event: GatewayEvent])[] = []): CallTimeline {
  return {
    version: 2,
    callId: CALL_ID,
    startedAt: STARTED_AT,
    endedAt: STARTED_AT + 60_000,
    caller: 'browser',
    callee: 'sip',
    clocks: [],
    entries: events.map(([ms, event]) => ({ at: STARTED_AT + ms, source: 'gateway', event })),
    samples: [],
    omitted: 0,
    omittedSamples: 0,
  };
}

export const callNow = (record: CallRecord = recordOf()): CallNow => ({
  callId: record.callId,
  startedAt: record.startedAt,
  record,
});
