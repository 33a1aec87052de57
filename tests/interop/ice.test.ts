import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { hostCandidatePriority, type IceCredentials, randomIceChars } from '@earshot/base';
import { createCertificate, loadCertificate, nodeCrypto } from '@earshot/crypto';
import {
  classifyPacket,
  PACKET_DTLS,
  PACKET_RTP,
  PACKET_STUN,
  type SessionEvent,
  type SessionOutput,
  SRTP_MAX_OVERHEAD,
  type SrtpProfileName,
  WebRtcSession,
} from '@earshot/webrtc';
import datachannel, { type Track } from 'node-datachannel';
import { afterAll, afterEach, expect, it } from 'vitest';

// libjuice, OpenSSL and libsrtp as the browser: a full WebRTC peer that we did not write, on a real socket.

const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => datachannel.cleanup());

const certificate = loadCertificate(await createCertificate(Date.now()));
const SSRC = { peer: 0x0000002a, gateway: 0x0badcafe };
const OPUS = 111;

interface Gateway {
  readonly session: WebRtcSession;
  readonly events: readonly SessionEvent[];
  /** Plain RTP packets that were let in. */
  readonly heard: readonly Uint8Array[];
  readonly port: number;
  readonly ice: IceCredentials;
  apply(outputs: readonly SessionOutput[]): void;
  send(packet: Uint8Array): void;
}

async function startGateway(profiles: readonly SrtpProfileName[] | undefined): Promise<Gateway> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const ice = { ufrag: randomIceChars(nodeCrypto.randomBytes, 4), pwd: randomIceChars(nodeCrypto.randomBytes, 22) };
  const session = new WebRtcSession({
    crypto: nodeCrypto,
    certificate,
    ice,
    ...(profiles === undefined ? {} : { profiles }),
  });
  const local = { address: '127.0.0.1', port: socket.address().port, priority: hostCandidatePriority(0) };
  const events: SessionEvent[] = [];
  const heard: Uint8Array[] = [];
  let timer: NodeJS.Timeout | undefined;
  const apply = (outputs: readonly SessionOutput[]): void => {
    for (const output of outputs) {
      if (output.type === 'event') events.push(output.event);
      else socket.send(output.datagram, output.to.port, output.to.address);
    }
    clearTimeout(timer);
    const due = session.nextTimeout;
    if (due === undefined) return;
    timer = setTimeout(() => apply(session.handleTimeout(Date.now())), Math.max(0, due - Date.now()));
  };
  socket.on('message', (datagram, from) => {
    const kind = classifyPacket(datagram[0], datagram[1]);
    if (kind === PACKET_STUN || kind === PACKET_DTLS) apply(session.receive(Date.now(), datagram, from, local));
    if (kind !== PACKET_RTP) return;
    const length = session.unprotectRtp(datagram, datagram.length, from, local, Date.now());
    apply(session.take());
    if (length > 0) heard.push(datagram.subarray(0, length));
  });
  closers.push(async () => {
    apply(session.close(Date.now()));
    clearTimeout(timer);
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  });
  const send = (packet: Uint8Array): void => {
    const buffer = new Uint8Array(packet.length + SRTP_MAX_OVERHEAD);
    buffer.set(packet);
    const length = session.protectRtp(buffer, packet.length);
    const remote = session.path?.remote;
    if (length > 0 && remote !== undefined) socket.send(buffer.subarray(0, length), remote.port, remote.address);
  };
  return { session, events, heard, port: socket.address().port, ice, apply, send };
}

interface Peer {
  readonly track: Track;
  readonly heard: readonly Uint8Array[];
  /** Resolves when the peer connection is in that state. */
  reaches(state: string): Promise<void>;
}

/** Makes the peer offer, answers with the gateway's description, and gives the session the peer's. */
async function connectPeer(gateway: Gateway, ice: IceCredentials = gateway.ice): Promise<Peer> {
  const connection = new datachannel.PeerConnection('browser', {
    iceServers: [],
    bindAddress: '127.0.0.1',
    disableAutoNegotiation: true,
  });
  const audio = new datachannel.Audio('0', 'SendRecv');
  audio.addOpusCodec(OPUS);
  audio.addSSRC(SSRC.peer, 'peer');
  const track = connection.addTrack(audio);
  const heard: Uint8Array[] = [];
  track.onMessage((packet) => {
    if (classifyPacket(packet[0], packet[1]) === PACKET_RTP) heard.push(packet);
  });
  const states: string[] = [];
  connection.onStateChange((state) => states.push(state));
  closers.push(() => connection.close());

  const offer = await new Promise<string>((resolve) => {
    connection.onLocalDescription((sdp) => resolve(sdp));
    connection.setLocalDescription('offer');
  });
  const value = (name: string): string => new RegExp(`^a=${name}:(.*)$`, 'm').exec(offer)?.[1]?.trim() ?? '';
  const remote = { ufrag: value('ice-ufrag'), pwd: value('ice-pwd') };
  const fingerprints = [{ algorithm: 'sha-256', value: value('fingerprint').replace('sha-256 ', '') }];
  gateway.apply(gateway.session.setRemote(Date.now(), { ice: remote, fingerprints }));
  connection.setRemoteDescription(answerOf(gateway, ice), 'answer');
  const reaches = (state: string): Promise<void> => expect.poll(() => states, { timeout: 15_000 }).toContain(state);
  return { track, heard, reaches };
}

const answerOf = ({ port }: Gateway, { ufrag, pwd }: IceCredentials): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0',
    `m=audio ${port} UDP/TLS/RTP/SAVPF ${OPUS}`,
    'c=IN IP4 127.0.0.1',
    'a=mid:0',
    'a=sendrecv',
    'a=rtcp-mux',
    `a=rtpmap:${OPUS} opus/48000/2`,
    'a=setup:passive',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${certificate.fingerprint}`,
    `a=candidate:1 1 UDP 2130706431 127.0.0.1 ${port} typ host`,
    'a=end-of-candidates',
    '',
  ].join('\r\n');

function rtpPacket(ssrc: number, sequence: number): Buffer {
  const packet = Buffer.alloc(12 + 40, sequence);
  packet.writeUInt16BE(0x8000 | OPUS, 0);
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(sequence * 960, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

it.each<[string, SrtpProfileName[] | undefined, SrtpProfileName]>([
  ['the default profiles', undefined, 'AES128_CM_HMAC_SHA1_80'],
  ['GCM alone', ['AEAD_AES_128_GCM'], 'AEAD_AES_128_GCM'],
])('libdatachannel connects with %s and RTP flows both ways', async (_what, profiles, profile) => {
  const gateway = await startGateway(profiles);
  const peer = await connectPeer(gateway);
  await peer.reaches('connected');
  await expect.poll(() => gateway.events).toContainEqual(expect.objectContaining({ type: 'ready', profile }));
  expect(gateway.events).toContainEqual(expect.objectContaining({ type: 'ice', state: 'connected' }));
  expect(gateway.session.path?.remote.address).toBe('127.0.0.1');

  await expect.poll(() => peer.track.isOpen()).toBe(true);
  for (let sequence = 0; sequence < 50; sequence += 1) {
    peer.track.sendMessageBinary(rtpPacket(SSRC.peer, sequence));
    gateway.send(rtpPacket(SSRC.gateway, sequence));
  }
  await expect.poll(() => [gateway.heard.length, peer.heard.length], { timeout: 5000 }).toEqual([50, 50]);
  for (const [sequence, packet] of gateway.heard.entries()) {
    expect(Buffer.from(packet).equals(rtpPacket(SSRC.peer, sequence))).toBe(true);
  }
  for (const [sequence, packet] of peer.heard.entries()) {
    expect(Buffer.from(packet).equals(rtpPacket(SSRC.gateway, sequence))).toBe(true);
  }
  expect(gateway.session.counters).toEqual({
    dtlsNotValidated: 0,
    mediaNotValidated: 0,
    mediaNotReady: 0,
    mediaRefused: 0,
    unexpected: 0,
  });

  gateway.apply(gateway.session.close(Date.now()));
  await peer.reaches('closed');
});

it('libdatachannel with a wrong password is answered 401 and gets nowhere', async () => {
  const gateway = await startGateway(undefined);
  await connectPeer(gateway, { ...gateway.ice, pwd: 'x'.repeat(22) });
  await expect
    .poll(() => gateway.events, { timeout: 5000 })
    .toContainEqual(expect.objectContaining({ type: 'check', outcome: 'bad-integrity', generation: 0 }));
  expect(gateway.events.every((event) => event.type === 'check' && event.outcome === 'bad-integrity')).toBe(true);
  expect(gateway.session.path).toBeUndefined();
});
