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

  it('of the page, its microphone and its sound', () => {
    const browser = { name: 'Chromium', version: '140' };
    const audio = { direction: 'sendrecv', codecs: ['opus', 'PCMA'], telephoneEvents: true } as const;
    expect(
      told((writer) =>
        writer
          .browser({ type: 'client.info', browser, sdk: '0.3.0' })
          .browser({
            type: 'client.info',
            browser: { ...browser, os: 'Android', mobile: true },
            sdk: '0.3.0',
            network: { online: true, type: 'wifi', effectiveType: '4g' },
          })
          .browser({ type: 'client.network', network: { online: false } })
          .browser({ type: 'client.lifecycle', state: 'frozen' })
          .browser({ type: 'client.stalled', lateMs: 3_240 })
          .browser({ type: 'client.signaling', state: 'lost', closeCode: 1006 })
          .browser({ type: 'client.signaling', state: 'unreachable' })
          .browser({ type: 'client.shed', samples: 7 })
          .browser({ type: 'call.seen', state: 'connected' })
          .browser({ type: 'call.key', sent: true })
          .browser({ type: 'call.key', sent: false })
          .browser({ type: 'mic.asked', secure: true })
          .browser({
            type: 'mic.asked',
            secure: false,
            permission: 'denied',
            allowedByPolicy: false,
            listed: 2,
            byId: true,
          })
          .browser({ type: 'mic.waiting', waitedMs: 5_000 })
          .browser({ type: 'mic.opened' })
          .browser({ type: 'mic.opened', label: 'Headset', sampleRate: 48_000, echoCancellation: true })
          .browser({ type: 'mic.failed', code: 'mic.denied_by_user', name: 'NotAllowedError', message: 'Denied' })
          .browser({ type: 'mic.track', state: 'muted' })
          .browser({ type: 'mic.devices', inputs: 1, outputs: 3 })
          .browser({ type: 'playout.state', state: 'playing' })
          .browser({
            type: 'playout.state',
            state: 'failed',
            code: 'playout.autoplay_blocked',
            name: 'NotAllowedError',
          })
          .browser({ type: 'sdp.set', side: 'local', kind: 'offer' })
          .browser({ type: 'sdp.set', side: 'remote', kind: 'answer', audio })
          .browser({ type: 'sdp.refused', side: 'remote', name: 'OperationError' })
          .browser({ type: 'dtls.connection', state: 'connecting' }),
      ),
    ).toEqual([
      'Chromium 140, SDK 0.3.0',
      'Chromium 140 on Android (mobile), SDK 0.3.0, online, wifi, 4g',
      'network: offline',
      'the browser put the page to sleep',
      'the page stood still for 3.2 s',
      'signalling lost, close code 1006',
      'the calling service cannot be reached',
      '7 samples were thrown away, too many waited to be sent',
      'is told: call connected',
      'pressed a key',
      'pressed a key, which could not be sent',
      'asks for the microphone',
      'asks for the microphone chosen earlier, permission: denied, the page is not secure, the policy of the frame forbids it, 2 listed',
      'still no answer to the question for the microphone after 5.0 s',
      'microphone open',
      'microphone open: Headset, 48000 Hz, echo cancellation',
      'no microphone: mic.denied_by_user (NotAllowedError, Denied)',
      'the system took the microphone away',
      'devices: 1 to speak into, 3 to listen to',
      'the other side is played',
      'the other side cannot be played (playout.autoplay_blocked, NotAllowedError)',
      'local offer set',
      'remote answer set: sendrecv, opus, PCMA, with telephone-events',
      'the browser refused the remote description (OperationError)',
      'DTLS connecting',
    ]);
  });

  it('of signalling and media at the gateway', () => {
    const remote = { address: '192.0.2.4', port: 5060 };
    const message = { type: 'sip.message', method: 'INVITE', cseq: 1, retransmission: false, bytes: 900 } as const;
    const audio = {
      direction: 'sendonly',
      codecs: [],
      telephoneEvents: false,
      address: '192.0.2.4',
      port: 4000,
    } as const;
    expect(
      told((writer) =>
        writer
          .gateway({ type: 'call.route', direction: 'outbound', route: '+49*', trunk: 'carrier' })
          .gateway({ type: 'call.route', direction: 'internal' })
          .gateway({ type: 'call.codecs', mode: 'transcode', caller: 'opus', callee: 'PCMA' })
          .gateway({ type: 'call.codecs', mode: 'pass-through', caller: 'PCMA', callee: 'PCMA' })
          .gateway({ type: 'leg.failed', code: 'sip.busy', status: 486, detail: 'Busy Here' })
          .gateway({ type: 'leg.ended', by: 'remote', reason: 'Q.850;cause=16' })
          .gateway({ type: 'leg.ended', by: 'local' })
          .gateway({ ...message, direction: 'out', retransmission: true, remote })
          .gateway({ ...message, direction: 'in', status: 486, phrase: 'Busy Here', reason: 'Q.850;cause=17' })
          .gateway({ ...message, direction: 'in', status: 200, audio })
          .gateway({ type: 'sdp.set', side: 'remote', kind: 'answer', audio })
          .gateway({ type: 'sdp.set', side: 'local', kind: 'offer' })
          .gateway({ type: 'dtmf.relayed', delivered: true })
          .gateway({ type: 'dtmf.relayed', delivered: false })
          .gateway({ type: 'media.moved', remote })
          .gateway({ type: 'gateway.stalled', lateMs: 812.4 }),
      ),
    ).toEqual([
      'outbound call by route +49* through trunk carrier',
      'internal call',
      'audio is transcoded: opus to PCMA',
      'audio passes as it is: PCMA to PCMA',
      'caller failed: sip.busy, SIP 486 (Busy Here)',
      'caller hung up: Q.850;cause=16',
      'the gateway let caller go',
      'sent to caller: INVITE again (192.0.2.4:5060)',
      'caller sent 486 Busy Here to INVITE: Q.850;cause=17',
      'caller sent 200 to INVITE: sendonly, no codec, at 192.0.2.4:4000',
      'answer of caller: sendonly, no codec, at 192.0.2.4:4000',
      'our offer to caller',
      'a digit of caller was passed on',
      'a digit of caller could not be passed on',
      'media of caller comes from 192.0.2.4:5060 now',
      'the gateway stood still for 812 ms',
    ]);
  });

  it('of the diagnosis', () => {
    const verdict = {
      code: 'mic.silent',
      layer: 'device',
      side: 'caller',
      weight: 'fault',
      confidence: 0.9,
      text: 'The microphone picks up nothing.',
    } as const;
    expect(
      [{ ...verdict, type: 'verdict.raised' } as const, { ...verdict, type: 'verdict.withdrawn' } as const].map(
        (event) => describeEntry({ at: 0, source: 'diagnosis', event }),
      ),
    ).toEqual([
      'mic.silent on the side of the caller, 90% sure: The microphone picks up nothing.',
      'over: mic.silent on the side of the caller',
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
          .gateway({ type: 'leg.signaling', state: 'quiet', quietMs: 5_020 })
          .gateway({ type: 'leg.signaling', state: 'silent', quietMs: 5_260 })
          .gateway({ type: 'leg.signaling', state: 'heard', quietMs: 8_000 })
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
      "caller's page said nothing for 5.0 s, and its browser answers a ping",
      "nothing came over caller's signalling for 5.3 s, and a ping is not answered",
      "caller's page speaks again",
      'caller has no media path after 5000 ms: ice.udp_blocked, The network lets no UDP through to the calling service.',
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
