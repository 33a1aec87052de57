import type { LegMedia, RtpRemote, TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import {
  type AudioEncoder,
  G711Encoder,
  OutgoingStream,
  payloadClocks,
  ReceptionStatistics,
  RtcpReporter,
  RtpPacketizer,
  type RtpSink,
  readU16,
  readU32,
  rtpHeaderLength,
  rtpPayloadEnd,
  setRtpSsrc,
} from '@earshot/rtp';
import type { RtpSockets, UdpSocket } from '../media/udp.js';
import type { LineMedia } from './catalog.js';
import { renderMelody } from './melody.js';

export const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
const MELODY = renderMelody();

/** Hears what a line receives. The packet must not be kept. */
export type LineTap = (packet: Uint8Array, headerLength: number, payloadEnd: number) => void;

/**
 * The media of one answered call of a line: a plain RTP endpoint with its own stream and RTCP.
 * `echo` returns every packet, telephone-events too; `music` plays; `silent` does nothing at all; `deaf` plays and takes
 * no notice of what arrives, like a phone behind a firewall that lets only its own packets out.
 */
export class LineCall implements RtpSink {
  readonly #sockets: RtpSockets;
  readonly #remote: RtpRemote;
  readonly #behaviour: LineMedia;
  readonly #stream: OutgoingStream;
  readonly #reception: ReceptionStatistics;
  readonly #reporter: RtcpReporter;
  readonly #packetizer: RtpPacketizer | undefined;
  readonly #encoder: AudioEncoder;
  #melodyAt = 0;

  constructor(sockets: RtpSockets, media: LegMedia, remote: RtpRemote, behaviour: LineMedia, tap?: LineTap) {
    this.#sockets = sockets;
    this.#remote = remote;
    this.#behaviour = behaviour;
    const random = nodeCrypto.randomBytes(10);
    this.#stream = new OutgoingStream(readU32(random, 0), readU16(random, 4), readU32(random, 6));
    this.#reception = new ReceptionStatistics(payloadClocks(media));
    this.#reporter = new RtcpReporter({
      ssrc: this.#stream.ssrc,
      cname: 'earshot-line',
      now: Date.now(),
      random: Math.random,
    });
    const codec = media.codecs[0];
    this.#encoder = new G711Encoder(codec?.name === 'PCMA' ? 'PCMA' : 'PCMU');
    const plays = behaviour === 'music' || behaviour === 'deaf';
    this.#packetizer = plays && codec !== undefined ? new RtpPacketizer(this.#stream, codec, this) : undefined;
    sockets.rtp.onPacket = (packet) => this.#receive(packet, tap);
    sockets.rtcp.onPacket = (packet) => {
      if (behaviour !== 'deaf') this.#reporter.handle(packet, Date.now());
    };
  }

  /** Every FRAME_MS. */
  tick(now: number): void {
    if (this.#packetizer !== undefined) {
      this.#packetizer.sendPcm(this.#encoder, MELODY, this.#melodyAt, FRAME_SAMPLES, now);
      this.#melodyAt = (this.#melodyAt + FRAME_SAMPLES) % MELODY.length;
    }
    if (this.#behaviour === 'silent') return;
    const report = this.#reporter.poll(now, this.#stream, this.#reception);
    if (report !== undefined) sendAll(this.#sockets.rtcp, report, this.#remote.rtcp);
  }

  emit(buffer: Uint8Array, offset: number, length: number): void {
    this.#sockets.rtp.send(buffer, offset, length, this.#remote.rtp);
  }

  close(): void {
    if (this.#behaviour !== 'silent') {
      const goodbye = this.#reporter.bye(Date.now(), this.#stream, this.#reception);
      sendAll(this.#sockets.rtcp, goodbye, this.#remote.rtcp);
    }
    this.#encoder.free();
    this.#sockets.rtp.close();
    this.#sockets.rtcp.close();
  }

  #receive(packet: Uint8Array, tap: LineTap | undefined): void {
    if (this.#behaviour === 'deaf') return;
    const headerLength = rtpHeaderLength(packet, packet.length);
    if (headerLength < 0) return;
    const now = Date.now();
    this.#reception.receive(packet, packet.length, now);
    const payloadEnd = rtpPayloadEnd(packet, packet.length);
    tap?.(packet, headerLength, payloadEnd);
    if (this.#behaviour !== 'echo') return;
    // Numbers and timestamps go back as they came, so that loss on the way here shows on the way back.
    setRtpSsrc(packet, this.#stream.ssrc);
    this.#stream.recordPacket(payloadEnd - headerLength);
    this.#stream.sentAt = now;
    this.#stream.timestamp = readU32(packet, 4);
    this.#stream.clockRate = 8000;
    sendAll(this.#sockets.rtp, packet, this.#remote.rtp);
  }
}

const sendAll = (socket: UdpSocket, bytes: Uint8Array, to: TransportAddress): void =>
  socket.send(bytes, 0, bytes.length, to);
