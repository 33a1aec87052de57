import { fault } from '@earshot/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientFrame, ServerFrame } from '../frames.js';
import type { ClientMessage, ServerMessage } from '../messages.js';
import { LIMITS } from '../protocol.js';
import { readServerFrame } from '../server-frame.js';
import { parseClientFrame, parseServerFrame } from './index.js';

const callId = '0123456789abcdef0123456789abcdef';
const sdp = 'v=0\r\n';

const clientMessages: readonly ClientMessage[] = [
  { type: 'call.start', callId, to: 'echo', sdp },
  { type: 'call.start', callId, to: 'sip:bob@example.com', sdp, displayName: 'Álice' },
  { type: 'call.accept', callId, sdp },
  { type: 'call.reject', callId },
  { type: 'call.reject', callId, reason: 'busy' },
  { type: 'call.hangup', callId },
  { type: 'call.description', callId, kind: 'offer', sdp },
  { type: 'call.description', callId, kind: 'offer', sdp, abandons: true },
  { type: 'call.receiving', callId },
  {
    type: 'call.evidence',
    callId,
    events: [
      { type: 'ice.attempt', atMs: 0, policy: 'all', reason: 'start' },
      { type: 'ice.gathering', atMs: 1.5, state: 'gathering' },
      {
        type: 'ice.candidate',
        atMs: 2,
        candidate: {
          type: 'relay',
          protocol: 'udp',
          address: '192.0.2.1',
          port: 45_000,
          relayProtocol: 'tls',
          url: 'turns:turn.example.com:443?transport=tcp',
        },
      },
      { type: 'ice.candidate_error', atMs: 3, url: 'turn:turn.example.com', errorCode: 701, errorText: 'no answer' },
      {
        type: 'ice.pair',
        atMs: 4,
        local: { type: 'host', protocol: 'udp', address: 'f3b1.local' },
        remote: { type: 'host', protocol: 'udp', address: '192.0.2.2', port: 40_000 },
        roundTripMs: 0.5,
      },
      { type: 'ice.connection', atMs: 5, state: 'connected' },
    ],
    sentMs: 6.5,
  },
  { type: 'call.report', callId, report: { firstAudioMs: 81.5, codec: 'opus', fault: fault('mic.not_found') } },
  { type: 'presence.set', available: true },
];

const figures = { packetsReceived: 1, packetsSent: 2, packetsLost: -1, jitterMs: 0.5 };
const serverMessages: readonly ServerMessage[] = [
  { type: 'call.answer', callId, sdp },
  { type: 'call.incoming', callId, from: { uri: 'sip:bob@example.com', displayName: 'Bob' }, sdp },
  { type: 'call.description', callId, kind: 'answer', sdp },
  { type: 'call.state', callId, state: 'answered', at: 1, waitingFor: ['up', 'down'], givesUpInMs: 8_000 },
  { type: 'call.dtmf', callId, digit: '#', durationMs: 100 },
  { type: 'call.ended', callId, result: 'failed', by: 'gateway', fault: fault('sip.no_response', 'timer B', 'INVITE') },
  { type: 'call.refused', callId, request: 'call.accept', fault: fault('call.unknown') },
  { type: 'session.ice', ice: { servers: [], policy: 'all', policies: [] } },
  { type: 'session.ice', ice: { servers: [], policy: 'relay', policies: [], expiresInMs: 1 }, replaces: true },
  { type: 'call.stats', callId, far: { ...figures, codec: 'PCMA' }, near: { ...figures, roundTripMs: 3 } },
];

const clientFrames: readonly ClientFrame[] = [
  { type: 'hello', token: 'a.b.c' },
  { type: 'hello', token: 'a.b.c', resume: { sessionId: 'x', received: 0 }, client: 'sdk/1', region: 'eu' },
  { type: 'ack', ack: 3 },
  { type: 'ping' },
  { type: 'pong' },
  { type: 'bye' },
  ...clientMessages.map((message, index) => ({ type: 'message' as const, seq: index + 1, ack: 0, message })),
];

const serverFrames: readonly ServerFrame[] = [
  {
    type: 'welcome',
    sessionId: 'x',
    resumed: false,
    received: 0,
    heartbeatMs: 10_000,
    graceMs: 30_000,
    identity: { subject: 'alice', displayName: 'Alice' },
    mayCall: ['echo'],
    ice: {
      servers: [{ urls: ['turn:turn.example.com'], username: 'u', credential: 'c' }],
      policy: 'auto',
      policies: [{ match: '+49*', policy: 'relay' }],
      expiresInMs: 600_000,
    },
  },
  { type: 'ack', ack: 3 },
  { type: 'ping' },
  { type: 'pong' },
  { type: 'error', fault: fault('auth.token_expired') },
  { type: 'bye' },
  ...serverMessages.map((message, index) => ({ type: 'message' as const, seq: index + 1, ack: 0, message })),
];

describe('the schema', () => {
  it('takes every frame of the protocol', () => {
    for (const frame of clientFrames) {
      expect(parseClientFrame(JSON.stringify(frame)), frame.type).toEqual({ ok: true, value: frame });
    }
    for (const frame of serverFrames) {
      expect(parseServerFrame(JSON.stringify(frame)), frame.type).toEqual({ ok: true, value: frame });
      expect(readServerFrame(JSON.stringify(frame)), frame.type).toEqual({ ok: true, value: frame });
    }
  });

  const refused = (value: unknown): unknown => parseClientFrame(JSON.stringify(value));
  const message = (fields: object): unknown => ({ type: 'message', seq: 1, ack: 0, message: fields });

  it.each([
    ['another type', { type: 'shout' }, 'type'],
    ['a call id of another form', message({ type: 'call.hangup', callId: 'ABC' }), 'message.callId'],
    ['a missing field', message({ type: 'call.start', callId, to: 'echo' }), 'message.sdp'],
    ['a long SDP', message({ type: 'call.accept', callId, sdp: 'x'.repeat(LIMITS.sdpLength + 1) }), 'message.sdp'],
    ['a line break in a destination', message({ type: 'call.start', callId, to: 'a\r\nVia: b', sdp }), 'message.to'],
    ['a seq of 0', { type: 'message', seq: 0, ack: 0, message: { type: 'presence.set', available: true } }, 'seq'],
    ['a negative ack', { type: 'ack', ack: -1 }, 'ack'],
    ['no object at all', 5, undefined],
  ])('refuses %s and says where', (_name, value, where) => {
    const expected = { code: 'signaling.bad_message', ...(where === undefined ? {} : { where }) };
    expect(refused(value)).toMatchObject({ ok: false, error: expected });
  });

  it('refuses fields it does not know, so that a typing mistake is no silent default', () => {
    expect(refused({ type: 'ping', extra: 1 })).toMatchObject({ ok: false });
  });

  it('refuses a frame that is too large before it reads it', () => {
    const text = ' '.repeat(LIMITS.frameBytes + 1);
    expect(parseClientFrame(text)).toMatchObject({ ok: false, error: { code: 'signaling.message_too_large' } });
    expect(readServerFrame(text)).toMatchObject({ ok: false, error: { code: 'signaling.message_too_large' } });
  });

  it('never throws', () => {
    const anything = fc.oneof(fc.string(), fc.json());
    const parsers = [parseClientFrame, parseServerFrame, readServerFrame];
    fc.assert(
      fc.property(anything, (text) => {
        for (const parser of parsers) expect(typeof parser(text).ok).toBe('boolean');
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('never throws on a frame with one byte changed', () => {
    const texts = [...clientFrames, ...serverFrames].map((frame) => JSON.stringify(frame));
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.string({ maxLength: 3 }), (text, position, patch) => {
        const at = position % text.length;
        const changed = text.slice(0, at) + patch + text.slice(at + 1);
        for (const parser of [parseClientFrame, parseServerFrame, readServerFrame]) {
          expect(typeof parser(changed).ok).toBe('boolean');
        }
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});
