import { fault } from '@earshot/base';
import type { BrowserEvent, BrowserSample } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import type { ClientMessage } from '../messages.js';
import { LIMITS } from '../protocol.js';
import { parseClientFrame } from './index.js';

const callId = '0123456789abcdef0123456789abcdef';
const atMs = 7;
const candidate = { type: 'srflx', protocol: 'udp', address: '192.0.2.9', port: 5_000, url: 'stun:a' } as const;
const network = { online: true, type: 'wifi', effectiveType: '4g' };
const audio = {
  direction: 'sendonly',
  codecs: ['opus', 'PCMA'],
  telephoneEvents: true,
  address: '0.0.0.0',
  port: 9,
  setup: 'actpass',
  packetMs: 20,
} as const;

/** One of each kind with every field that it can have: a kind that is missing here does not compile. */
const EVENTS: { readonly [Type in BrowserEvent['type']]: Required<Extract<BrowserEvent, { type: Type }>> } = {
  'client.info': {
    type: 'client.info',
    atMs,
    browser: { name: 'Chromium', version: '156', os: 'Linux', mobile: false },
    sdk: '0.1.0',
    clock: 1_760_000_000_000,
    network,
  },
  'client.network': { type: 'client.network', atMs, network },
  'client.lifecycle': { type: 'client.lifecycle', atMs, state: 'thawed' },
  'client.stalled': { type: 'client.stalled', atMs, lateMs: 2_500 },
  'client.signaling': { type: 'client.signaling', atMs, state: 'lost', closeCode: 1_006 },
  'client.shed': { type: 'client.shed', atMs, samples: 3 },
  'call.seen': { type: 'call.seen', atMs, state: 'reconnecting' },
  'call.key': { type: 'call.key', atMs, sent: false },
  'mic.asked': {
    type: 'mic.asked',
    atMs,
    permission: 'prompt',
    secure: true,
    allowedByPolicy: false,
    listed: 0,
    byId: true,
  },
  'mic.waiting': { type: 'mic.waiting', atMs, waitedMs: 5_000 },
  'mic.opened': {
    type: 'mic.opened',
    atMs,
    label: 'Headset',
    sampleRate: 48_000,
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: false,
  },
  'mic.failed': { type: 'mic.failed', atMs, code: 'mic.not_found', name: 'NotFoundError', message: 'none' },
  'mic.track': { type: 'mic.track', atMs, state: 'removed' },
  'mic.devices': { type: 'mic.devices', atMs, inputs: 0, outputs: 2 },
  'mic.switched': { type: 'mic.switched', atMs, reason: 'recovered', code: 'mic.track_ended', label: 'Headset' },
  'media.adapted': { type: 'media.adapted', atMs, bitrate: 16_000, ptimeMs: 40, fec: true, red: false },
  'playout.state': {
    type: 'playout.state',
    atMs,
    state: 'failed',
    code: 'playout.sink_failed',
    name: 'NotFoundError',
  },
  'sdp.set': { type: 'sdp.set', atMs, side: 'remote', kind: 'answer', audio, candidates: [candidate] },
  'sdp.refused': { type: 'sdp.refused', atMs, side: 'local', name: 'OperationError', message: 'no' },
  'dtls.connection': { type: 'dtls.connection', atMs, state: 'failed' },
  'ice.gathering': { type: 'ice.gathering', atMs, state: 'complete' },
  'ice.candidate': { type: 'ice.candidate', atMs, candidate },
  'ice.candidate_error': {
    type: 'ice.candidate_error',
    atMs,
    url: 'turn:a',
    errorCode: 701,
    errorText: 'no answer',
    address: '192.0.2.x',
  },
  'ice.connection': { type: 'ice.connection', atMs, state: 'disconnected' },
  'ice.pair': { type: 'ice.pair', atMs, local: candidate, remote: candidate, roundTripMs: 0.5 },
  'ice.attempt': { type: 'ice.attempt', atMs, policy: 'relay', reason: 'relay-only', spare: true },
};

const SAMPLE: Required<BrowserSample> = {
  atMs,
  ms: 1_000.1,
  packetsReceived: 50,
  bytesReceived: 8_000,
  packetsLost: -1,
  packetsDiscarded: 1,
  jitterMs: 0.1,
  samplesReceived: 48_000,
  concealedSamples: 0,
  silentConcealedSamples: 0,
  concealmentEvents: 0,
  jitterBufferMs: 60,
  remoteEnergy: 0,
  remoteSeconds: 1,
  decoder: 'opus',
  packetsSent: 50,
  bytesSent: 4_000,
  targetBitrate: 32_000,
  micEnergy: 1.234e-9,
  micSeconds: 1,
  remotePacketsLost: 0,
  remoteJitterMs: 1,
  roundTripMs: 2,
  pairRoundTripMs: 3,
  checksSent: 1,
  checksAnswered: 1,
  availableBitrate: 300_000,
  transportBytesSent: 5_000,
  transportBytesReceived: 9_000,
  dtlsState: 'connected',
  synthesizedSeconds: 0.01,
  playoutDelayMs: 30,
  hidden: true,
  lateMs: 60,
  micLevel: 0.5,
  remoteLevel: 0.25,
};

const parse = (message: object): ReturnType<typeof parseClientFrame> =>
  parseClientFrame(JSON.stringify({ type: 'message', seq: 1, ack: 0, message }));

const evidence = (events: readonly object[], samples?: readonly object[]): object => ({
  type: 'call.evidence',
  callId,
  events,
  ...(samples === undefined ? {} : { samples }),
});

describe('the evidence of a browser', () => {
  it('may be any event with any of its fields, and any figure', () => {
    const message: ClientMessage = { type: 'call.evidence', callId, events: Object.values(EVENTS), samples: [SAMPLE] };
    expect(parse(message)).toMatchObject({ ok: true, value: { message } });
  });

  it.each(Object.values(EVENTS))(
    '$type may hold nothing else, and no text that a log or page would stumble over',
    (event) => {
      const refused = { ok: false, error: { code: 'signaling.bad_message' } };
      expect(parse(evidence([{ ...event, extra: 1 }]))).toMatchObject(refused);
      expect(parse(evidence([{ ...event, atMs: -1 }]))).toMatchObject(refused);
      const words = Object.entries(event).filter(([name, value]) => typeof value === 'string' && name !== 'type');
      for (const [name] of words) expect(parse(evidence([{ ...event, [name]: 'a\nb' }]))).toMatchObject(refused);
    },
  );

  it('comes in messages of bounded size', () => {
    const event = EVENTS['client.stalled'];
    const events = new Array<object>(LIMITS.evidence).fill(event);
    const samples = new Array<object>(LIMITS.samples).fill(SAMPLE);
    const full = JSON.stringify(evidence(events, samples));
    expect(full.length).toBeLessThan(LIMITS.frameBytes);
    expect(parse(evidence(events, samples)).ok).toBe(true);
    expect(parse(evidence([...events, event])).ok).toBe(false);
    expect(parse(evidence([], [...samples, SAMPLE])).ok).toBe(false);
    expect(parse(evidence([], [{ ...SAMPLE, decoder: 'x'.repeat(65) }])).ok).toBe(false);
  });
});

it('a call that never began has a destination, and a reason where there is one', () => {
  const abandoned: ClientMessage = { type: 'call.abandoned', callId, to: 'echo' };
  expect(parse(abandoned)).toMatchObject({ ok: true, value: { message: abandoned } });
  const named: ClientMessage = { ...abandoned, fault: fault('mic.denied_by_user') };
  expect(parse(named)).toMatchObject({ ok: true, value: { message: named } });
  expect(parse({ ...abandoned, to: '' }).ok).toBe(false);
  expect(parse({ ...abandoned, fault: { code: 'mic.made_up' } }).ok).toBe(false);
});
