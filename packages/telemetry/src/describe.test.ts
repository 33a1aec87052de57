import { describe, expect, it } from 'vitest';
import { describeEntry } from './describe.js';
import { GATEWAY, HOST, OUTSIDE, RELAYED, relay, TimelineWriter, TURN_TLS } from './testing/timelines.js';

const client = { address: '2001:db8::9', port: 61_000 };
const flow = { transport: 'tls', client } as const;
const counts = { packetsUp: 10, packetsDown: 9, bytesUp: 1, bytesDown: 1, droppedUp: 0, droppedDown: 0 };

/** What the entries that `write` adds are called. */
const told = (write: (writer: TimelineWriter) => TimelineWriter): string[] =>
  write(new TimelineWriter()).done().entries.map(describeEntry);

describe('an entry in plain words', () => {
  it('of a browser', () => {
    expect(
      told((writer) =>
        writer
          .browser({ type: 'ice.attempt', policy: 'all', reason: 'start' })
          .browser({ type: 'ice.attempt', policy: 'relay', reason: 'credentials' })
          .browser({ type: 'ice.gathering', state: 'complete' })
          .candidate(HOST)
          .candidate(relay(TURN_TLS, 'tls'))
          .candidate({ type: 'prflx', protocol: 'tcp' })
          .error('turn:a.example', 701, 'no answer')
          .error('turn:a.example', 401)
          .browser({ type: 'ice.connection', state: 'failed' })
          .browser({
            type: 'ice.pair',
            local: { type: 'host', protocol: 'udp', address: OUTSIDE },
            remote: { type: 'host', protocol: 'udp', ...GATEWAY },
            roundTripMs: 12.4,
          })
          .pair(HOST),
      ),
    ).toEqual([
      'tries every way: the call begins',
      'tries relays only: its relay credentials run out',
      'candidates: complete',
      'candidate host f3b1.local:50000 over UDP',
      'candidate relay 203.0.113.5:45001 over TLS by turns:turn.example.com:443?transport=tcp',
      'candidate prflx an unknown address over TCP',
      'turn:a.example gave no candidate: 701 (no answer)',
      'turn:a.example gave no candidate: 401',
      'connection failed',
      'media goes from host 198.51.100.9 over UDP to 203.0.113.5:40000, 12 ms there and back',
      'media goes from host f3b1.local:50000 over UDP to 203.0.113.5:40000',
    ]);
  });

  it('of the gateway', () => {
    const from = { address: OUTSIDE, port: 60_000 };
    expect(
      told((writer) =>
        writer
          .gateway({ type: 'call.state', state: 'answered', waitingFor: ['callee-sends'] })
          .gateway({ type: 'call.state', state: 'reconnecting', side: 'caller' })
          .gateway({ type: 'call.ended', result: 'completed', by: 'caller' })
          .gateway({ type: 'call.ended', result: 'failed', by: 'gateway', code: 'ice.failed' })
          .gateway({ type: 'leg.failed', code: 'sip.busy' })
          .gateway({ type: 'leg.signaling', state: 'lost' })
          .gateway({ type: 'leg.silence', code: 'ice.udp_blocked', afterMs: 5_000 })
          .gateway({ type: 'ice.settings', policy: 'auto', urls: [] })
          .gateway({ type: 'ice.settings', policy: 'relay', urls: ['turn:a.example', TURN_TLS] })
          .gateway({ type: 'ice.advertised', candidates: [GATEWAY, { ...client, port: 40_000 }] })
          .gateway({ type: 'ice.restart' })
          .check('valid')
          .gateway({ type: 'ice.check', outcome: 'nominating', from, count: 8, until: 0 })
          .state('connected')
          .gateway({ type: 'ice.state', state: 'lost' })
          .gateway({ type: 'dtls.flight', direction: 'in', flight: 5, bytes: 500, retransmission: true })
          .gateway({ type: 'dtls.partial_flight', flight: 5, bytes: 200 })
          .gateway({ type: 'dtls.alert', level: 'fatal', description: 40 })
          .gateway({ type: 'dtls.state', state: 'connected', profile: 'AES', durationMs: 12 })
          .gateway({ type: 'dtls.state', state: 'closed' })
          .gateway({ type: 'media.received' })
          .gateway({ type: 'media.delivered', evidence: 'reported' })
          .gateway({ type: 'media.delivered', evidence: 'denied' }),
      ),
    ).toEqual([
      'call answered, waiting for callee-sends',
      'call reconnecting (caller)',
      'call ended: completed, by caller',
      'call ended: failed, by gateway, ice.failed',
      'caller failed: sip.busy',
      "caller's signalling lost",
      'caller has no media path after 5000 ms: ice.udp_blocked, Nothing from the browser reached the media port.',
      'caller was given policy auto and no relay',
      `caller was given policy relay and turn:a.example, ${TURN_TLS}`,
      'caller was told to send to 203.0.113.5:40000, [2001:db8::9]:40000',
      'caller restarts ICE',
      'a check of caller from 198.51.100.9:60000: valid',
      'at least 8 checks of caller from 198.51.100.9:60000: nominating',
      "caller's path connected, at 198.51.100.9:60000",
      "caller's path lost",
      'DTLS flight 5 in of caller again, 500 bytes',
      'a part of DTLS flight 5 of caller, 200 bytes',
      'DTLS alert of caller: fatal 40',
      "caller's DTLS connected after 12 ms, AES",
      "caller's DTLS closed",
      'first audio from caller',
      'caller hears us (reported)',
      'caller says it hears nothing',
    ]);
  });

  it('of the relay', () => {
    const refused = { ...flow, type: 'turn.refused', status: 403, code: 'turn.peer_forbidden', count: 4 } as const;
    expect(
      told((writer) =>
        writer
          .relay({ ...flow, type: 'turn.allocated', relayed: RELAYED, lifetimeMs: 1 })
          .relay({ ...refused, method: 'create-permission', peer: GATEWAY })
          .relay({ ...refused, method: 'allocate', count: 1 })
          .relay({ ...flow, type: 'turn.relaying', peer: GATEWAY, direction: 'up' })
          .relay({ ...flow, type: 'turn.relaying', peer: GATEWAY, direction: 'down' })
          .relay({ ...flow, ...counts, type: 'turn.closed', reason: 'expired', durationMs: 1 })
          .relay({ ...flow, ...counts, type: 'turn.closed', reason: 'expired', durationMs: 1, droppedUp: 3 }),
      ),
    ).toEqual([
      'allocation for [2001:db8::9]:61000 over TLS: 203.0.113.5:45001',
      'refused create-permission to 203.0.113.5:40000 of [2001:db8::9]:61000 over TLS: 403 turn.peer_forbidden, 4 times',
      'refused allocate of [2001:db8::9]:61000 over TLS: 403 turn.peer_forbidden',
      'first data to 203.0.113.5:40000 for [2001:db8::9]:61000 over TLS',
      'first data from 203.0.113.5:40000 for [2001:db8::9]:61000 over TLS',
      'allocation of [2001:db8::9]:61000 over TLS closed (expired): 10 packets up, 9 down',
      'allocation of [2001:db8::9]:61000 over TLS closed (expired): 10 packets up, 9 down, 3 dropped',
    ]);
  });
});
