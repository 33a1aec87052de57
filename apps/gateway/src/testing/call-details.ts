import type { CallDetails, CallRecord, CallTimeline, Verdict } from '@earshot/telemetry';
import { TELEMETRY_VERSION } from '@earshot/telemetry';

const STARTED = 1_700_000_000_000;
export const CALL_ID = '0123456789abcdef0123456789abcdef';

const from = { address: '198.51.100.9', port: 60_000 };

/** A call that found no path: checks never came, and the relay refused. Its browser says what could upset a terminal. */
export const TIMELINE: CallTimeline = {
  version: TELEMETRY_VERSION,
  callId: CALL_ID,
  startedAt: STARTED,
  endedAt: STARTED + 6_000,
  caller: 'browser',
  callee: 'sip',
  clocks: [{ leg: 'caller', askedAt: STARTED, withinMs: 3 }],
  entries: [
    {
      at: STARTED,
      source: 'gateway',
      event: { type: 'ice.settings', leg: 'caller', policy: 'auto', urls: ['turn:turn.example.com?transport=tcp'] },
    },
    {
      at: STARTED + 5,
      source: 'browser',
      leg: 'caller',
      event: { type: 'ice.attempt', atMs: 5, policy: 'all', reason: 'start' },
    },
    {
      at: STARTED + 10,
      source: 'browser',
      leg: 'caller',
      event: {
        type: 'ice.candidate',
        atMs: 10,
        candidate: { type: 'host', protocol: 'udp', address: 'a.local' },
      },
    },
    {
      at: STARTED + 64,
      source: 'relay',
      leg: 'caller',
      event: {
        type: 'turn.refused',
        transport: 'tcp',
        client: from,
        method: 'allocate',
        status: 401,
        code: 'turn.auth_failed',
        count: 1,
      },
    },
    {
      at: STARTED + 90,
      source: 'browser',
      leg: 'caller',
      event: {
        type: 'ice.candidate_error',
        atMs: 90,
        url: 'turn:turn.example.com:3478?transport=tcp',
        errorCode: 401,
        errorText: 'not\u202eyou\u001b[2J',
      },
    },
    {
      at: STARTED + 5_000,
      source: 'gateway',
      event: { type: 'leg.silence', leg: 'caller', code: 'ice.udp_blocked', afterMs: 5_000 },
    },
    {
      at: STARTED + 6_000,
      source: 'gateway',
      event: { type: 'call.ended', result: 'failed', by: 'gateway', code: 'ice.udp_blocked' },
    },
  ],
  samples: [],
  omitted: 0,
  omittedSamples: 0,
};

export const VERDICT: Verdict = {
  code: 'ice.udp_blocked',
  layer: 'network',
  side: 'caller',
  weight: 'fault',
  confidence: 0.95,
  since: STARTED + 90,
  text: 'Nothing of the caller’s browser reached the media port: its network blocks UDP.',
  next: { user: 'Try another network.', operator: 'Allow UDP to the media ports.' },
  evidence: [{ entry: 5, at: STARTED + 5_000, text: 'No check came in 5 s.' }],
  consequences: [],
};

export const RECORD: CallRecord = {
  key: `${STARTED}-${CALL_ID}`,
  callId: CALL_ID,
  startedAt: STARTED,
  endedAt: STARTED + 6_000,
  caller: 'browser',
  callee: 'sip',
  from: 'guest-7',
  to: '+15550100',
  result: 'failed',
  by: 'gateway',
  code: 'ice.udp_blocked',
  cause: { code: 'ice.udp_blocked', layer: 'network', side: 'caller', weight: 'fault', confidence: 0.95 },
  browsers: [{ leg: 'caller', browser: { name: 'Chromium', version: '156' }, network: '198.51.100.0/24' }],
  quality: [],
  withoutAudio: false,
  provisional: false,
};

export const callDetails = (): CallDetails => ({ record: RECORD, timeline: TIMELINE, verdicts: [VERDICT], gaps: [] });
