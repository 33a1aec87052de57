import type { ErrorCode } from '@earshot/base';
import type { BrowserFigures } from '@earshot/telemetry';
import { CallWriter } from './call-writer.js';
import type { Case } from './cases.js';
import { CLIENT, HIDDEN, SRFLX, TURN_TCP, TURN_UDP } from './path-facts.js';

const call = (): CallWriter => new CallWriter();
/** A browser that tries, with these servers, and never gets here: 5 s after its answer that is said. */
const stuck = (
  urls: readonly string[],
  policy: 'all' | 'relay',
  tell: (writer: CallWriter) => CallWriter,
  missing: ErrorCode,
  advertised = { address: '203.0.113.5', port: 40_000 },
): CallWriter =>
  tell(
    call()
      .browser({ type: 'mic.opened' })
      .gateway({ type: 'ice.settings', policy: policy === 'relay' ? 'relay' : 'auto', urls })
      .gateway({ type: 'ice.advertised', candidates: [advertised] })
      .browser({ type: 'ice.attempt', policy, reason: 'start' })
      .after(50)
      .gateway({ type: 'call.state', state: 'routing' })
      .sip('out', 'INVITE'),
  )
    .rings()
    .answers()
    .after(4_000)
    .gateway({ type: 'leg.silence', code: missing, afterMs: 5_000 })
    .after(10_000)
    .browser({ type: 'ice.connection', state: 'failed' })
    .after(15_000)
    .ends(missing, 'gateway');

const refusedBy =
  (code: 'turn.auth_failed' | 'turn.credentials_expired'): ((writer: CallWriter) => CallWriter) =>
  (writer) =>
    writer
      .browser({ type: 'ice.candidate_error', url: TURN_UDP, errorCode: 401, errorText: 'Unauthorized' })
      .relay({
        type: 'turn.refused',
        transport: 'udp',
        client: CLIENT,
        method: 'allocate',
        status: 401,
        code,
        count: 1,
      })
      .browser({ type: 'ice.gathering', state: 'complete' });

/** What a page counts that has no connection: its microphone, and nothing else. */
const DISCONNECTED: Partial<BrowserFigures> = {
  packetsReceived: 0,
  packetsSent: 0,
  samplesReceived: 0,
  remoteEnergy: 0,
  remoteSeconds: 0,
  checksSent: 0,
  checksAnswered: 0,
  transportBytesSent: 0,
  transportBytesReceived: 0,
  dtlsState: 'new',
};

/** Browsers that never reach the gateway. */
export const REACH_CASES: readonly Case[] = [
  {
    code: 'ice.no_candidates',
    name: 'a machine without a network, which looks for addresses without end',
    side: 'caller',
    weight: 'fault',
    write: () =>
      call()
        .browser({ type: 'mic.opened' })
        .gateway({ type: 'ice.settings', policy: 'auto', urls: [] })
        .gateway({ type: 'ice.advertised', candidates: [{ address: '127.0.0.1', port: 40_000 }] })
        .browser({ type: 'ice.attempt', policy: 'all', reason: 'start' })
        .browser({ type: 'ice.gathering', state: 'gathering' })
        .rings()
        .answers()
        .runs(4, {
          page: { ...DISCONNECTED },
          caller: { packetsReceived: 0, packetsSent: 0 },
          callee: { packetsSent: 0 },
        })
        .gateway({ type: 'leg.silence', code: 'ice.udp_blocked', afterMs: 5_000 })
        .runs(8, {
          page: { ...DISCONNECTED },
          caller: { packetsReceived: 0, packetsSent: 0 },
          callee: { packetsSent: 0 },
        })
        .ends('ice.udp_blocked', 'gateway'),
  },
  {
    code: 'ice.udp_blocked',
    name: 'no check ever came',
    side: 'caller',
    weight: 'fault',
    symptomMs: 3_000,
    write: () =>
      stuck([], 'all', (writer) => writer.browser({ type: 'ice.candidate', candidate: HIDDEN }), 'ice.udp_blocked'),
  },
  {
    code: 'ice.nat_needs_relay',
    name: 'an outer address is known, and no relay there',
    side: 'caller',
    weight: 'fault',
    write: () =>
      stuck([], 'all', (writer) => writer.browser({ type: 'ice.candidate', candidate: SRFLX }), 'ice.nat_needs_relay'),
  },
  {
    code: 'ice.no_candidates',
    name: 'gathering ends with nothing',
    side: 'caller',
    weight: 'fault',
    write: () =>
      stuck([], 'all', (writer) => writer.browser({ type: 'ice.gathering', state: 'complete' }), 'ice.udp_blocked'),
  },
  {
    code: 'ice.credential_mismatch',
    name: 'checks come with a wrong password',
    side: 'caller',
    weight: 'fault',
    write: () =>
      stuck(
        [],
        'all',
        (writer) =>
          writer.browser({ type: 'ice.candidate', candidate: HIDDEN }).gateway({
            type: 'ice.check',
            outcome: 'bad-integrity',
            from: { address: '198.51.100.0', port: 1 },
            count: 4,
            until: 0,
          }),
        'ice.credential_mismatch',
      ),
  },
  {
    code: 'server.bad_advertised_address',
    name: 'a private address for a public browser',
    side: 'gateway',
    weight: 'fault',
    write: () =>
      stuck([], 'all', (writer) => writer.browser({ type: 'ice.candidate', candidate: SRFLX }), 'ice.nat_needs_relay', {
        address: '10.0.0.0',
        port: 40_000,
      }),
  },
  {
    code: 'turn.auth_failed',
    name: 'the relay refuses, and nothing else is allowed',
    side: 'caller',
    weight: 'fault',
    write: () => stuck([TURN_UDP], 'relay', refusedBy('turn.auth_failed'), 'ice.udp_blocked'),
  },
  {
    code: 'turn.auth_failed',
    name: 'the relay refuses where nothing goes directly',
    side: 'caller',
    weight: 'fault',
    write: () =>
      stuck(
        [TURN_UDP],
        'all',
        (writer) => refusedBy('turn.auth_failed')(writer.browser({ type: 'ice.candidate', candidate: HIDDEN })),
        'ice.udp_blocked',
      ),
  },
  {
    code: 'turn.credentials_expired',
    name: 'the relay says that they expired',
    side: 'caller',
    weight: 'fault',
    write: () => stuck([TURN_UDP], 'relay', refusedBy('turn.credentials_expired'), 'ice.udp_blocked'),
  },
  {
    code: 'turn.unreachable',
    name: 'no connection to the relay',
    side: 'caller',
    weight: 'fault',
    write: () =>
      stuck(
        [TURN_TCP],
        'relay',
        (writer) =>
          writer.browser({
            type: 'ice.candidate_error',
            url: TURN_TCP,
            errorCode: 701,
            errorText: 'Failed to establish connection',
          }),
        'ice.udp_blocked',
      ),
  },
  {
    code: 'turn.silent',
    name: 'the relay says nothing at all',
    side: 'caller',
    weight: 'fault',
    write: () => stuck([TURN_UDP], 'relay', (writer) => writer, 'ice.udp_blocked'),
    withinMs: 40_000,
  },
];
