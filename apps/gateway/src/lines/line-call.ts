import type { LegMedia, RtpRemote, TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import {
  type AudioEncoder,
  EventTracker,
  eventCode,
  eventDuration,
  eventEnds,
  G711Encoder,
  isTelephoneEvent,
  OutgoingStream,
  payloadClocks,
  ReceptionStatistics,
  RtcpReporter,
  RtpPacketizer,
  type RtpSink,
  readU16,
  readU32,
  rtpHeaderLength,
  rtpMarker,
  rtpPayloadEnd,
  rtpPayloadType,
  rtpTimestamp,
  setRtpSsrc,
} from '@earshot/rtp';
import { now as clockNow } from '../clock.js';
import type { RtpSockets, UdpSocket } from '../media/udp.js';
import type { LineMedia } from './catalog.js';
import { type Heard, Hearing } from './hearing.js';
import { renderMelody } from './melody.js';

export const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
const MELODY = renderMelody();

/** Often, since a line is also the proof that it is heard; on loopback bandwidth is no concern. */
const REPORT_MS = 1_000;
const FIRST_REPORT_MS = 250;

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
  readonly #hearing: Hearing;
  readonly #events: EventTracker;
  readonly #codec: number;
  readonly #eventTypes: readonly number[];
  #melodyAt = 0;

  constructor(sockets: RtpSockets, media: LegMedia, remote: RtpRemote, behaviour: LineMedia) {
    this.#sockets = sockets;
    this.#remote = remote;
    this.#behaviour = behaviour;
    const random = nodeCrypto.randomBytes(10);
    this.#stream = new OutgoingStream(readU32(random, 0), readU16(random, 4), readU32(random, 6));
    this.#reception = new ReceptionStatistics(payloadClocks(media));
    this.#reporter = new RtcpReporter({
      ssrc: this.#stream.ssrc,
      cname: 'earshot-line',
      now: clockNow(),
      random: Math.random,
      intervalMs: REPORT_MS,
      firstReportMs: FIRST_REPORT_MS,
    });
    const codec = media.codecs[0];
    const law = codec?.name === 'PCMA' ? 'PCMA' : 'PCMU';
    this.#encoder = new G711Encoder(law);
    this.#hearing = new Hearing(law);
    this.#events = new EventTracker({ eventEnded: () => this.#hearing.digit() });
    this.#codec = codec?.payloadType ?? -1;
    this.#eventTypes = media.telephoneEvents.map(({ payloadType }) => payloadType);
    const plays = behaviour === 'music' || behaviour === 'deaf';
    this.#packetizer = plays && codec !== undefined ? new RtpPacketizer(this.#stream, codec, this) : undefined;
    sockets.rtp.onPacket = (packet) => this.#receive(packet);
    sockets.rtcp.onPacket = (packet) => {
      if (behaviour !== 'deaf') this.#reporter.handle(packet, clockNow());
    };
  }

  /** What was heard until now. */
  get heard(): Heard {
    return this.#hearing.summary();
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
      const goodbye = this.#reporter.bye(clockNow(), this.#stream, this.#reception);
      sendAll(this.#sockets.rtcp, goodbye, this.#remote.rtcp);
    }
    this.#encoder.free();
    this.#sockets.rtp.close();
    this.#sockets.rtcp.close();
  }

  #receive(packet: Uint8Array): void {
    if (this.#behaviour === 'deaf') return;
    const headerLength = rtpHeaderLength(packet, packet.length);
    if (headerLength < 0) return;
    const now = clockNow();
    this.#reception.receive(packet, packet.length, now);
    const payloadEnd = rtpPayloadEnd(packet, packet.length);
    this.#listen(packet, headerLength, payloadEnd, now);
    if (this.#behaviour !== 'echo') return;
    // Numbers and timestamps go back as they came, so that loss on the way here shows on the way back.
    setRtpSsrc(packet, this.#stream.ssrc);
    this.#stream.recordPacket(payloadEnd - headerLength);
    this.#stream.sentAt = now;
    this.#stream.timestamp = readU32(packet, 4);
    this.#stream.clockRate = 8000;
    sendAll(this.#sockets.rtp, packet, this.#remote.rtp);
  }

  #listen(packet: Uint8Array, start: number, end: number, now: number): void {
    const payloadType = rtpPayloadType(packet);
    if (payloadType === this.#codec) this.#hearing.hear(packet, start, end);
    if (!this.#eventTypes.includes(payloadType) || !isTelephoneEvent(start, end)) return;
    const [code, ends, duration] = [eventCode(packet, start), eventEnds(packet, start), eventDuration(packet, start)];
    this.#events.handle(rtpTimestamp(packet), rtpMarker(packet), code, ends, duration, now);
  }
}

const sendAll = (socket: UdpSocket, bytes: Uint8Array, to: TransportAddress): void =>
  socket.send(bytes, 0, bytes.length, to);
