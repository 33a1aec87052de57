import type { GatewayEvent } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { recordOf, STARTED_AT, timelineOf, verdictOf } from '../../testing/closed-calls.js';
import { type SpanFacts, traceOfCall } from './trace-of-call.js';

type SipMessage = Extract<GatewayEvent, { readonly type: 'sip.message' }>;

const sip = (
  direction: 'in' | 'out',
  method: string,
  status?: number,
  given: Partial<SipMessage> = {},
): SipMessage => ({
  type: 'sip.message',
  leg: 'callee',
  direction,
  method,
  ...(status === undefined ? {} : { status }),
  cseq: 1,
  retransmission: false,
  bytes: 400,
  remote: { address: '192.0.2.7', port: 5060 },
  ...given,
});

const from = { address: '198.51.100.9', port: 60_000 };
const FLIGHT = {
  type: 'dtls.flight',
  leg: 'caller',
  direction: 'in',
  flight: 1,
  bytes: 200,
  retransmission: false,
} as const;

const WHOLE: readonly (readonly [number, GatewayEvent])[] = [
  [10, { type: 'ice.check', leg: 'caller', outcome: 'valid', from, count: 1, until: 0 }],
  [20, sip('out', 'INVITE')],
  [60, { type: 'ice.state', leg: 'caller', state: 'connected', remote: from }],
  [70, FLIGHT],
  [80, sip('in', 'INVITE', 100)],
  [120, { type: 'dtls.state', leg: 'caller', state: 'connected', durationMs: 50 }],
  [400, sip('in', 'INVITE', 180)],
  [410, { type: 'call.state', state: 'ringing' }],
  [3_000, sip('in', 'INVITE', 200)],
  [3_010, { type: 'call.state', state: 'answered' }],
  [3_020, sip('out', 'ACK')],
  [3_400, { type: 'call.state', state: 'connected' }],
  [59_000, sip('in', 'BYE', undefined, { cseq: 7 })],
  [59_500, sip('in', 'BYE', undefined, { cseq: 7, retransmission: true })],
  [59_600, sip('out', 'BYE', 200, { cseq: 7 })],
];

/** One line a span: name, from, to in ms since the start, and its error. */
function lines(span: SpanFacts, depth = 0): string[] {
  const times = `${span.start - STARTED_AT}-${span.end - STARTED_AT}`;
  const line = `${'  '.repeat(depth)}${span.name} ${times}${span.error === undefined ? '' : ` ! ${span.error}`}`;
  return [line, ...span.children.flatMap((child) => lines(child, depth + 1))];
}

describe('the trace of a call', () => {
  it('shows its phases, its legs, their paths and their transactions', () => {
    const trace = traceOfCall(timelineOf(WHOLE), recordOf(), []);
    expect(lines(trace)).toEqual([
      'call 0-60000',
      '  ringing 410-3010',
      '  answer to audio 3010-3400',
      '  connected 3400-60000',
      '  caller leg 0-60000',
      '    ICE 10-60',
      '    DTLS 70-120',
      '  callee leg 20-60000',
      '    SIP INVITE 20-3000',
      '    SIP BYE 59000-59600',
    ]);
    expect(trace.attributes).toEqual({
      'earshot.call.id': '0123456789abcdef0123456789abcdef',
      'earshot.call.result': 'completed',
      'earshot.call.ended_by': 'caller',
      'earshot.call.direction': 'outbound',
      'earshot.trunk': 'pbx',
    });
    const [caller, callee] = trace.children.slice(3);
    expect(caller?.attributes).toEqual({
      'earshot.leg': 'caller',
      'earshot.leg.kind': 'browser',
      'earshot.mos': 4.1,
      'user_agent.name': 'Chromium',
      'user_agent.version': '156',
      'earshot.media.via': 'direct',
      'network.transport': 'udp',
      'network.type': 'ipv4',
      'network.connection.type': 'wifi',
    });
    const [invite, bye] = callee?.children ?? [];
    expect(invite).toMatchObject({ kind: 'client', attributes: { 'earshot.sip.status_code': 200 } });
    expect(bye).toMatchObject({ kind: 'server', attributes: { 'earshot.sip.retransmissions': 1 } });
  });

  it('names what failed, where it failed', () => {
    const events = WHOLE.filter(([at]) => at < 100).concat([[5_000, sip('in', 'INVITE', 503)]]);
    const cause = verdictOf({ until: STARTED_AT + 9_000 });
    const {
      answeredAt: _answered,
      connectedAt: _connected,
      ...record
    } = recordOf({
      result: 'failed',
      code: 'ice.udp_blocked',
      cause,
    });
    const trace = traceOfCall(timelineOf(events), record, [cause]);
    expect(lines(trace)).toEqual([
      'call 0-60000 ! ice.udp_blocked',
      '  caller leg 0-60000',
      '    ICE 10-60',
      '    DTLS 70-60000 ! no handshake',
      '  callee leg 20-60000',
      '    SIP INVITE 20-5000 ! 503',
    ]);
    const attributes = {
      'error.type': 'ice.udp_blocked',
      'earshot.layer': 'transport',
      'earshot.side': 'caller',
      'earshot.weight': 'fault',
      'earshot.confidence': 0.9,
    };
    expect(trace.events).toEqual([
      { name: 'earshot.verdict', at: STARTED_AT + 1_000, attributes },
      { name: 'earshot.verdict.over', at: STARTED_AT + 9_000, attributes },
    ]);
    const unanswered = traceOfCall(timelineOf([[10, sip('out', 'INVITE')]]), record, []);
    expect(lines(unanswered).at(-1)).toBe('    SIP INVITE 10-60000 ! no final response');
    const unreached = traceOfCall(timelineOf(WHOLE.slice(0, 1)), record, []);
    expect(lines(unreached)).toContain('    ICE 10-60000 ! no path');
  });

  it('takes a challenge and a cancelled call for no error', () => {
    const events = [sip('out', 'INVITE'), sip('in', 'INVITE', 401), sip('out', 'INVITE', undefined, { cseq: 2 })];
    const cancelled = [...events, sip('in', 'INVITE', 487, { cseq: 2 })].map((event, at) => [at, event] as const);
    const trace = traceOfCall(timelineOf(cancelled), recordOf(), []);
    expect(lines(trace).filter((line) => line.includes('INVITE'))).toEqual([
      '    SIP INVITE 0-1',
      '    SIP INVITE 2-3',
    ]);
  });

  it('has a bounded number of spans', () => {
    const many = Array.from(
      { length: 500 },
      (_, index) => [index, sip('in', 'INFO', undefined, { cseq: index })] as const,
    );
    expect(lines(traceOfCall(timelineOf(many), recordOf(), []))).toHaveLength(3 + 64);
  });

  it('holds no addresses, names or numbers', () => {
    const trace = traceOfCall(timelineOf(WHOLE), recordOf(), [verdictOf()]);
    expect(JSON.stringify(trace)).not.toMatch(/198\.51|192\.0|alice|\+49/);
  });
});
