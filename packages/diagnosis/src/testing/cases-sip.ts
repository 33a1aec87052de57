import type { ErrorCode } from '@earshot/base';
import { CallWriter } from './call-writer.js';
import type { Case } from './cases.js';

const call = (): CallWriter => new CallWriter();

/** The far end answers with a final status while it rings. */
const refused = (status: number, code: ErrorCode): Case => ({
  code,
  name: `the far end answers ${status}`,
  side: code === 'sip.auth_rejected' ? 'gateway' : 'far-end',
  weight: 'fault',
  write: () =>
    call()
      .begins()
      .reaches()
      .rings()
      .after(500)
      .sip('in', 'INVITE', status)
      .gateway({ type: 'leg.failed', code, status }, 'callee')
      .ends(code, 'callee'),
});

export const SIP_CASES: readonly Case[] = [
  refused(403, 'sip.auth_rejected'),
  refused(404, 'sip.not_found'),
  refused(480, 'sip.unavailable'),
  refused(486, 'sip.busy'),
  refused(603, 'sip.declined'),
  refused(503, 'sip.service_unavailable'),
  refused(488, 'media.codec_mismatch'),
  refused(420, 'sip.request_rejected'),
  {
    code: 'media.codec_mismatch',
    name: 'nothing in common found here',
    side: 'gateway',
    weight: 'fault',
    write: () => call().begins().ends('media.codec_mismatch', 'gateway'),
  },
  {
    code: 'sip.no_response',
    name: 'not even a 100 comes back',
    side: 'far-end',
    weight: 'fault',
    symptomMs: 50,
    write: () => {
      const writer = call().begins().reaches();
      for (const ms of [500, 1_000, 2_000, 4_000, 8_000, 16_000]) {
        writer.after(ms).sip('out', 'INVITE', undefined, { retransmission: true } as never);
      }
      return writer
        .gateway({ type: 'leg.failed', code: 'sip.no_response' }, 'callee')
        .ends('sip.no_response', 'callee');
    },
  },
  {
    code: 'sip.unavailable',
    name: 'a 408 that was received is no silence',
    side: 'far-end',
    weight: 'fault',
    write: () => call().begins().rings().after(3_000).sip('in', 'INVITE', 408).ends('sip.unavailable', 'callee'),
  },
  {
    code: 'sip.ack_lost',
    name: 'the far end repeats its 200',
    side: 'far-end',
    weight: 'fault',
    symptomMs: 1_170,
    write: () => {
      const writer = call().connects();
      for (const seconds of [1, 1, 2]) writer.runs(seconds).sip('in', 'INVITE', 200, { retransmission: true } as never);
      for (let i = 0; i < 6; i += 1) writer.runs(4).sip('in', 'INVITE', 200, { retransmission: true } as never);
      return writer.sip('in', 'BYE').gateway({ type: 'leg.ended', by: 'remote' }, 'callee').ends(undefined, 'callee');
    },
  },
  {
    code: 'sip.pbx_timeout',
    name: 'a BYE that names a timer',
    side: 'far-end',
    weight: 'fault',
    symptomMs: 21_270,
    write: () => {
      const reason = 'SIP;cause=408;text="Session timeout"';
      return call()
        .connects()
        .runs(20)
        .sip('in', 'BYE', undefined, { reason } as never)
        .gateway({ type: 'leg.ended', by: 'remote', reason }, 'callee')
        .ends(undefined, 'callee');
    },
  },
  {
    code: 'sip.slow_setup',
    name: 'a 100, and nothing rings for long',
    side: 'far-end',
    weight: 'degraded',
    write: () =>
      call()
        .begins()
        .reaches()
        .after(20)
        .sip('in', 'INVITE', 100)
        .after(9_000)
        .sip('in', 'INVITE', 180)
        .answers()
        .heard()
        .runs(5)
        .ends(),
  },
  {
    code: 'media.on_hold',
    name: 'a re-INVITE with sendonly, and nothing more comes',
    side: 'far-end',
    weight: 'hint',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .sip('in', 'INVITE', undefined, {
          audio: { direction: 'inactive', codecs: ['PCMA'], telephoneEvents: true },
        } as never)
        .runs(20, {
          page: { packetsReceived: 0, remoteEnergy: 0, samplesReceived: 0, remoteSeconds: 0 },
          caller: { packetsSent: 0 },
          callee: { packetsReceived: 0 },
        })
        .ends(),
  },
  {
    code: 'sip.declined',
    name: 'a browser that is called declines',
    side: 'callee',
    weight: 'fault',
    write: () =>
      new CallWriter('sip', 'browser')
        .gateway({ type: 'leg.failed', code: 'sip.declined' }, 'callee')
        .ends('sip.declined', 'callee', 'rejected'),
  },
  {
    code: 'call.not_answered',
    name: 'nobody takes it',
    side: 'far-end',
    weight: 'fault',
    write: () => call().begins().reaches().rings().after(60_000).ends('call.not_answered', 'gateway', 'no-answer'),
  },
  {
    code: 'signaling.ws_unreachable',
    name: 'the socket never came up',
    side: 'caller',
    weight: 'fault',
    write: () =>
      call().browser({ type: 'client.signaling', state: 'unreachable' }).ends('signaling.ws_unreachable', 'caller'),
  },
  {
    code: 'signaling.ws_dropped',
    name: 'the socket is away while audio goes on',
    side: 'caller',
    weight: 'degraded',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .gateway({ type: 'leg.signaling', state: 'lost' })
        .runs(10)
        .gateway({ type: 'leg.signaling', state: 'resumed' })
        .runs(5)
        .ends(),
  },
  {
    code: 'signaling.ws_dropped',
    name: 'the network swallows the socket while audio goes on',
    side: 'caller',
    weight: 'degraded',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        // The last word came a second before the cut.
        .runs(4, { page: 'nothing' })
        .gateway({ type: 'leg.signaling', state: 'silent', quietMs: 5_000 })
        .runs(15, { page: 'nothing' })
        .gateway({ type: 'leg.signaling', state: 'lost' })
        .runs(5, { page: 'nothing' })
        .gateway({ type: 'leg.signaling', state: 'resumed' })
        .runs(5)
        .ends(),
  },
  {
    code: 'signaling.client_gone',
    name: 'socket and media end together',
    side: 'caller',
    weight: 'fault',
    symptomMs: 6_270,
    write: () =>
      call()
        .connects()
        .runs(5)
        .gateway({ type: 'leg.signaling', state: 'lost' })
        .runs(6, { page: 'nothing', caller: { packetsReceived: 0 } })
        .gateway({ type: 'ice.state', state: 'lost' })
        .runs(24, { page: 'nothing', caller: { packetsReceived: 0 } })
        .gateway({ type: 'leg.signaling', state: 'gone' })
        .ends('signaling.client_gone', 'caller'),
  },
  {
    code: 'server.interrupted',
    name: 'the end was found at the next start',
    side: 'gateway',
    weight: 'fault',
    write: () => call().connects().runs(5).ends('server.interrupted', 'gateway'),
  },
  {
    code: 'media.worker_failed',
    name: 'the worker stopped',
    side: 'gateway',
    weight: 'fault',
    write: () =>
      call()
        .connects()
        .runs(5)
        .gateway({ type: 'leg.failed', code: 'media.worker_failed' })
        .ends('media.worker_failed', 'gateway'),
  },
  {
    code: 'sip.unavailable',
    name: 'a refusal that comes before the browser has its path',
    side: 'far-end',
    weight: 'fault',
    write: () =>
      call()
        .begins()
        .browser({
          type: 'ice.candidate',
          candidate: { type: 'host', protocol: 'udp', address: 'f3b1.local', port: 5 },
        })
        .gateway({
          type: 'ice.check',
          outcome: 'valid',
          from: { address: '198.51.100.0', port: 5 },
          count: 1,
          until: 0,
        })
        .gateway({ type: 'ice.state', state: 'checking', remote: { address: '198.51.100.0', port: 5 } })
        .gateway({ type: 'dtls.partial_flight', flight: 1, bytes: 1_200 })
        .after(40)
        .sip('in', 'INVITE', 480)
        .gateway({ type: 'leg.failed', code: 'sip.unavailable', status: 480 }, 'callee')
        .ends('sip.unavailable', 'callee')
        .after(90)
        .browser({ type: 'dtls.connection', state: 'failed' })
        .browser({ type: 'ice.connection', state: 'failed' }),
  },
];
