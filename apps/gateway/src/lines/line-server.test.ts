import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { acceptSipAnswer, offerToSip } from '@earshot/calls';
import { decodeG711, tonePresence } from '@earshot/rtp';
import type { SipEvent } from '@earshot/sip';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog } from '../log.js';
import { UdpAgent } from '../sip/udp-agent.js';
import { LineServer } from './line-server.js';
import { MELODY_HZ } from './melody.js';

type EventOf<Type extends SipEvent['type']> = Extract<SipEvent, { type: Type }>;

let onRecord: (record: { msg: string }) => void;
const log = createLog('info', { write: (line) => onRecord(JSON.parse(line)) });
/** The next record that says what a line heard. */
const lineHeard = (): Promise<object> =>
  new Promise((resolve) => {
    onRecord = (record) => {
      if (record.msg === 'line heard') resolve(record);
    };
  });
let lines: LineServer;
let phone: UdpAgent;
let waiters: { type: SipEvent['type']; resolve: (event: SipEvent) => void }[] = [];

const next = <Type extends SipEvent['type']>(type: Type): Promise<EventOf<Type>> =>
  new Promise((resolve) => waiters.push({ type, resolve: resolve as (event: SipEvent) => void }));

beforeEach(async () => {
  onRecord = () => undefined;
  waiters = [];
  const started = await LineServer.start(log);
  const agent = await UdpAgent.start({
    host: '127.0.0.1',
    port: 0,
    where: 'a test port',
    userAgent: 'test',
    advertise: () => '127.0.0.1',
    onEvent: (event) => {
      const at = waiters.findIndex(({ type }) => type === event.type);
      if (at >= 0) waiters.splice(at, 1)[0]?.resolve(event);
    },
  });
  if (!started.ok || !agent.ok) throw new Error('no free port');
  lines = started.value;
  phone = agent.value;
});

afterEach(() => {
  phone.close();
  lines.close();
});

const session = { id: '1', version: 1 };

function invite(name: string, port: number): void {
  const uri = lines.uriOf(name);
  const remote = { address: '127.0.0.1', port: Number(uri.split(':').at(-1)) };
  const sdp = offerToSip({ rtp: { address: '127.0.0.1', port }, session }, ['PCMA', 'PCMU']);
  phone.handle({
    type: 'invite',
    legId: 'a',
    uri,
    from: { uri: 'sip:test@127.0.0.1' },
    flow: phone.flowTo(remote),
    sdp,
  });
}

it.each([
  ['busy', 486, 'sip.busy'],
  ['nowhere', 404, 'sip.not_found'],
])('%s is refused with %d', async (name, status, code) => {
  const failed = next('failed');
  invite(name, 9);
  expect(await failed).toMatchObject({ status, fault: { code } });
});

it('music rings, answers, plays its melody and says what it heard', async () => {
  const rtp = createSocket('udp4').bind(0, '127.0.0.1');
  await once(rtp, 'listening');
  const [ringing, answered] = [next('progress'), next('answered')];
  invite('music', rtp.address().port);
  expect(await ringing).toMatchObject({ status: 180 });
  const { sdp } = await answered;
  const accepted = acceptSipAnswer(['PCMA', 'PCMU'], sdp ?? '');
  if (!accepted.ok) throw new Error(accepted.error.detail);
  expect(accepted.value.media.codecs[0]?.name).toBe('PCMA');
  const pcm = new Int16Array(1600);
  for (let at = 0; at < pcm.length; at += 160) {
    const [packet] = (await once(rtp, 'message')) as [Buffer];
    decodeG711('PCMA', packet, 12, 172, pcm, at);
  }
  expect(Math.max(...MELODY_HZ.map((hz) => tonePresence(pcm, hz)))).toBeGreaterThan(0.5);
  rtp.send(
    Buffer.from([0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, ...new Uint8Array(160).fill(0xd5)]),
    accepted.value.remote.rtp.port,
  );
  const heard = lineHeard();
  phone.handle({ type: 'hangup', legId: 'a' });
  expect(await heard).toMatchObject({ line: 'music', digits: 0 });
  rtp.close();
});

it('echo returns packets under its own SSRC, and counts keys', async () => {
  const rtp = createSocket('udp4').bind(0, '127.0.0.1');
  await once(rtp, 'listening');
  const answered = next('answered');
  invite('echo', rtp.address().port);
  const accepted = acceptSipAnswer(['PCMA', 'PCMU'], (await answered).sdp ?? '');
  if (!accepted.ok) throw new Error(accepted.error.detail);
  const { media, remote } = accepted.value;
  const audio = Buffer.from([0x80, 8, 0, 9, 0, 0, 0, 160, 0, 0, 0, 7, 1, 2, 3, 4]);
  const event = media.telephoneEvents[0]?.payloadType ?? 0;
  const key = Buffer.from([0x80, event | 0x80, 0, 10, 0, 0, 1, 64, 0, 0, 0, 7, 5, 0x8a, 3, 0x20]);
  const back: Buffer[] = [];
  for (const packet of [audio, key]) {
    const echoed = once(rtp, 'message') as Promise<[Buffer]>;
    rtp.send(packet, remote.rtp.port);
    back.push((await echoed)[0]);
  }
  for (const [index, packet] of [audio, key].entries()) {
    expect(back[index]?.subarray(0, 8)).toEqual(packet.subarray(0, 8));
    expect(back[index]?.subarray(12)).toEqual(packet.subarray(12));
    expect(back[index]?.readUInt32BE(8)).not.toBe(7);
  }
  const heard = lineHeard();
  phone.handle({ type: 'hangup', legId: 'a' });
  expect(await heard).toMatchObject({ line: 'echo', packets: 1, digits: 1 });
  rtp.close();
});
