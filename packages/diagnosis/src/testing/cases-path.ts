import type { ErrorCode } from '@earshot/base';
import type { CandidateFacts } from '@earshot/telemetry';
import { CallWriter, REMOTE } from './call-writer.js';
import type { Case } from './cases.js';
import { CLIENT, HIDDEN, RELAYED, TURN_TCP, TURN_UDP } from './path-facts.js';

const call = (): CallWriter => new CallWriter();

/** The handshake on a path that works. */
const shaken = (tell: (writer: CallWriter) => CallWriter, missing: ErrorCode): CallWriter => {
  const from = { address: '198.51.100.0', port: 50_000 };
  const writer = call()
    .begins()
    .browser({ type: 'ice.candidate', candidate: HIDDEN })
    .gateway({ type: 'ice.check', outcome: 'nominating', from, count: 1, until: 0 })
    .gateway({ type: 'ice.state', state: 'connected', remote: from })
    .browser({ type: 'ice.pair', local: HIDDEN, remote: REMOTE });
  return tell(writer)
    .rings()
    .answers()
    .after(4_000)
    .gateway({ type: 'leg.silence', code: missing, afterMs: 5_000 })
    .after(20_000)
    .ends(missing, 'gateway');
};

const silent = { packetsReceived: 0, packetsSent: 0, roundTripMs: undefined, pairRoundTripMs: undefined };
const still = {
  ...silent,
  transportBytesReceived: 0,
  transportBytesSent: 0,
  remoteEnergy: 0,
  remoteSeconds: 1,
  concealedSamples: 48_000,
} as never;
const nothing = { packetsReceived: 0 };

const viaRelay = (relayProtocol: 'tcp' | 'udp'): CallWriter => {
  const local: CandidateFacts = {
    type: 'relay',
    protocol: 'udp',
    ...RELAYED,
    relayProtocol,
    url: relayProtocol === 'tcp' ? TURN_TCP : TURN_UDP,
  };
  return call()
    .begins()
    .relay({ type: 'turn.allocated', transport: relayProtocol, client: CLIENT, relayed: RELAYED, lifetimeMs: 600_000 })
    .browser({ type: 'ice.candidate', candidate: HIDDEN })
    .browser({ type: 'ice.candidate', candidate: local })
    .gateway({ type: 'ice.check', outcome: 'nominating', from: RELAYED, count: 1, until: 0 })
    .gateway({ type: 'ice.state', state: 'connected', remote: RELAYED })
    .browser({ type: 'ice.pair', local, remote: REMOTE })
    .gateway({ type: 'dtls.state', state: 'connected' })
    .rings()
    .answers()
    .heard();
};

export const viaUdpRelay = (): CallWriter => viaRelay('udp');

/** What is wrong with a path that was found: its handshake, its keys, its end. */
export const PATH_CASES: readonly Case[] = [
  {
    code: 'ice.path_lost',
    name: 'the network of the browser is gone, and the call goes on by phone',
    side: 'caller',
    weight: 'fault',
    write: () =>
      call()
        .connects()
        .runs(6)
        .runs(4, { page: 'nothing', caller: nothing })
        .gateway({ type: 'leg.signaling', state: 'silent', quietMs: 4_500 })
        .runs(2, { page: 'nothing', caller: nothing })
        .gateway({ type: 'leg.callback', state: 'calling' })
        .runs(3, { page: 'nothing', caller: nothing })
        .gateway({ type: 'leg.callback', state: 'joined' })
        .gateway({ type: 'leg.replaced', reason: 'moved_to_phone' })
        .gateway({ type: 'call.state', state: 'reconnecting', side: 'caller' })
        .after(100)
        .gateway({ type: 'call.state', state: 'connected' })
        .runs(8, { page: 'nothing', caller: { codec: 'PCMA', levelDb: -30 } })
        .gateway({ type: 'leg.signaling', state: 'lost' })
        .runs(20, { page: 'nothing', caller: { codec: 'PCMA', levelDb: -30 } })
        .ends(),
  },
  {
    code: 'ice.relay_tcp',
    name: 'media goes through a relay over TCP',
    side: 'caller',
    weight: 'degraded',
    write: () => viaRelay('tcp').runs(10).ends(),
  },
  {
    code: 'dtls.blackholed',
    name: 'flights get no answer',
    side: 'caller',
    weight: 'fault',
    write: () =>
      shaken(
        (writer) =>
          writer.gateway({ type: 'dtls.flight', direction: 'in', flight: 1, bytes: 1_400, retransmission: false }),
        'dtls.blackholed',
      ),
  },
  {
    code: 'dtls.role_conflict',
    name: 'no ClientHello, and both wait',
    side: 'caller',
    weight: 'fault',
    write: () =>
      shaken(
        (writer) =>
          writer.browser({
            type: 'sdp.set',
            side: 'remote',
            kind: 'answer',
            audio: { direction: 'sendrecv', codecs: ['opus'], telephoneEvents: true, setup: 'active' },
          }),
        'dtls.blackholed',
      ),
  },
  {
    code: 'dtls.mtu_drop',
    name: 'a part of the big flight comes',
    side: 'caller',
    weight: 'fault',
    write: () =>
      shaken((writer) => writer.gateway({ type: 'dtls.partial_flight', flight: 5, bytes: 500 }), 'dtls.mtu_drop'),
  },
  {
    code: 'dtls.fingerprint_mismatch',
    name: 'the gateway refuses the certificate',
    side: 'caller',
    weight: 'fault',
    write: () =>
      call()
        .begins()
        .gateway({ type: 'leg.failed', code: 'dtls.fingerprint_mismatch' })
        .ends('dtls.fingerprint_mismatch', 'gateway'),
  },
  {
    code: 'dtls.fingerprint_mismatch',
    name: 'the browser refuses ours with an alert',
    side: 'caller',
    weight: 'fault',
    write: () =>
      call()
        .begins()
        .gateway({ type: 'dtls.alert', level: 'fatal', description: 42 })
        .gateway({ type: 'leg.failed', code: 'dtls.peer_alert' })
        .browser({ type: 'dtls.connection', state: 'failed' })
        .ends('dtls.peer_alert', 'gateway'),
  },
  {
    code: 'srtp.auth_failed',
    name: 'the gateway counts wrong tags',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(8, { caller: { packetsReceived: 0, srtpAuthFailures: 50 } })
        .ends(),
  },
  {
    code: 'srtp.auth_failed',
    name: 'bytes reach the browser, and no packet',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(8, { page: { packetsReceived: 0, remoteEnergy: 0, concealedSamples: 48_000 } })
        .ends(),
  },
  {
    code: 'ice.path_lost',
    name: 'everything stops, and comes not back',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(7, { page: still, caller: nothing })
        .gateway({ type: 'ice.state', state: 'lost' })
        .gateway({ type: 'call.state', state: 'reconnecting' })
        .runs(10, { page: still, caller: nothing })
        .gateway({ type: 'leg.signaling', state: 'lost' })
        .runs(20, { page: 'nothing', caller: nothing })
        .ends('ice.consent_lost', 'caller'),
  },
  {
    code: 'ice.path_lost',
    name: 'everything stops, and no ping is answered',
    side: 'caller',
    weight: 'fault',
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(5, { page: 'nothing', caller: nothing })
        .gateway({ type: 'leg.signaling', state: 'silent', quietMs: 5_000 })
        .gateway({ type: 'ice.state', state: 'lost' })
        .gateway({ type: 'call.state', state: 'reconnecting' })
        .runs(12, { page: 'nothing', caller: nothing })
        .gateway({ type: 'leg.signaling', state: 'lost' })
        .runs(20, { page: 'nothing', caller: nothing })
        .ends('ice.path_lost', 'caller'),
  },
  {
    code: 'ice.consent_lost',
    name: 'the browser sends on, and no check is answered',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () => {
      const page = {
        packetsReceived: 0,
        transportBytesReceived: 0,
        concealedSamples: 48_000,
        remoteEnergy: 0,
        checksAnswered: 0,
      };
      return call()
        .connects()
        .runs(5)
        .runs(5, { page, caller: nothing })
        .gateway({ type: 'ice.state', state: 'lost' })
        .runs(25, { page, caller: nothing })
        .ends('ice.consent_lost', 'caller');
    },
  },
  {
    code: 'ice.path_switched',
    name: 'another network carries it after a short gap',
    side: 'caller',
    weight: 'hint',
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(2, { page: still, caller: nothing })
        .browser({ type: 'ice.pair', local: { ...HIDDEN, address: '192.0.2.0' }, remote: REMOTE })
        .gateway({ type: 'ice.state', state: 'connected', remote: { address: '192.0.2.0', port: 3 } })
        .runs(6)
        .ends(),
  },
  {
    code: 'turn.credentials_expired',
    name: 'the relay refuses to go on in mid-call',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      viaRelay('udp')
        .runs(5)
        .relay({
          type: 'turn.refused',
          transport: 'udp',
          client: CLIENT,
          method: 'refresh',
          status: 401,
          code: 'turn.credentials_expired',
          count: 1,
        })
        .runs(10, { page: still, caller: nothing })
        .ends('ice.consent_lost', 'caller'),
  },
  {
    code: 'ice.path_lost',
    name: 'the line is cut: not a word of anybody',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    withinMs: 6_000,
    write: () =>
      call().connects().runs(5).runs(18, { page: 'nothing', caller: nothing }).ends('ice.consent_lost', 'caller'),
  },
  {
    code: 'ice.consent_lost',
    name: 'checks are swallowed, audio passes',
    side: 'caller',
    weight: 'fault',
    write: () =>
      call()
        .connects()
        .runs(5)
        .runs(10, { page: { checksAnswered: 0 } })
        .gateway({ type: 'ice.state', state: 'lost' })
        .runs(10, { page: { checksAnswered: 0 } })
        .ends('ice.consent_lost', 'caller'),
  },
  {
    code: 'ice.path_switched',
    name: 'the direct path dies one way, and the relay takes over',
    side: 'caller',
    weight: 'hint',
    write: () =>
      call()
        .connects()
        .gateway({ type: 'ice.settings', policy: 'auto', urls: [TURN_UDP] })
        .runs(5)
        .runs(3, { page: { checksAnswered: 0 }, caller: nothing })
        .gateway({ type: 'ice.restart' })
        .browser({ type: 'ice.attempt', policy: 'all', reason: 'media-lost' })
        .runs(2, { page: { checksAnswered: 0 }, caller: nothing })
        .browser({
          type: 'ice.pair',
          local: { type: 'relay', protocol: 'udp', ...RELAYED, relayProtocol: 'udp', url: TURN_UDP },
          remote: REMOTE,
        })
        .gateway({ type: 'ice.state', state: 'connected', remote: RELAYED })
        .runs(8)
        .ends(),
  },
  {
    code: 'dtls.role_conflict',
    name: 'no ClientHello, and the browser has not sent a byte',
    side: 'caller',
    weight: 'fault',
    write: () =>
      shaken(
        (writer) =>
          writer.runs(3, {
            page: { transportBytesSent: 0, packetsSent: 0, packetsReceived: 0, dtlsState: 'connecting' },
            caller: { packetsReceived: 0, packetsSent: 0 },
          }),
        'dtls.blackholed',
      ),
  },
];
