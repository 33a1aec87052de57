import type { Millis } from '@earshot/base';

/** Packets closer together than this are told apart by timestamps that are at least this far apart. */
const SHORTEST_FRAME_MS = 10;

/**
 * One stream of ours, known to its receiver by one SSRC for as long as the leg lives. Everything that sends on a leg
 * (pass-through, transcoder, events, comfort noise) takes its sequence numbers and timestamps from here, so the
 * receiver sees one continuous stream. A sequence number is never given to two different packets: SRTP would encrypt
 * both with the same key stream (RFC 3711 section 9.1).
 */
export class OutgoingStream {
  readonly ssrc: number;
  /** The highest sequence number sent; before the first packet, the one before it. */
  sequence: number;
  /** Of the newest audio packet, in units of `clockRate`. */
  timestamp: number;
  /** Hz, of the newest audio packet. */
  clockRate = 0;
  /** When the newest audio packet was sent, or the timeline was first asked for; -1 before. */
  sentAt: Millis = -1;
  packets = 0;
  /** Octets of payload, as a sender report counts them (RFC 3550 section 6.4.1). */
  octets = 0;
  /** How many numbers `nextSequence` gave out: a rewriter shifts its mapping by as many. */
  insertions = 0;

  /** `firstSequence` (16 bits) and `firstTimestamp` (32 bits) are random (RFC 3550 section 5.1). */
  constructor(ssrc: number, firstSequence: number, firstTimestamp: number) {
    this.ssrc = ssrc >>> 0;
    this.sequence = (firstSequence - 1) & 0xffff;
    this.timestamp = firstTimestamp >>> 0;
  }

  /** Takes the next sequence number for a packet that stems from no source packet. */
  nextSequence(): number {
    this.sequence = (this.sequence + 1) & 0xffff;
    this.insertions += 1;
    return this.sequence;
  }

  /** The timestamp of audio that begins `now`, by the time that went by since the newest audio packet. */
  timestampAt(now: Millis, clockRate: number): number {
    if (this.sentAt < 0) {
      // The first to ask anchors the timeline, so that events sent before any audio differ in their timestamps.
      this.sentAt = now;
      this.clockRate = clockRate;
      return this.timestamp;
    }
    const elapsed = Math.max(now - this.sentAt, SHORTEST_FRAME_MS);
    return (this.timestamp + Math.round((elapsed * clockRate) / 1000)) >>> 0;
  }

  recordAudio(timestamp: number, clockRate: number, payloadLength: number, now: Millis): void {
    if (((timestamp - this.timestamp) | 0) > 0 || this.sentAt < 0 || clockRate !== this.clockRate) {
      this.timestamp = timestamp;
      this.clockRate = clockRate;
      this.sentAt = now;
    }
    this.recordPacket(payloadLength);
  }

  recordPacket(payloadLength: number): void {
    this.packets += 1;
    this.octets += payloadLength;
  }
}

/**
 * Where finished packets go. The object is fixed for the life of a sender, so handing over a packet allocates
 * nothing. `buffer[offset, offset + length)` is a whole RTP packet; the sink may change it in place and use the room
 * behind it (SRTP's tag), and must be done with it when `emit` returns.
 */
export interface RtpSink {
  emit(buffer: Uint8Array, offset: number, length: number): void;
}

/** What a packet may need around it: a TURN channel header in front (RFC 8656 section 12.4), SRTP's tag and index behind. */
export const PACKET_HEAD_ROOM = 4;
export const PACKET_TAIL_ROOM = 64;
/** The largest packet built here; a longer one is refused. */
export const MAX_RTP_PACKET = 1500;

/** A buffer for one outgoing packet, which starts at PACKET_HEAD_ROOM. Senders of one thread can share it. */
export const createPacketBuffer = (): Uint8Array =>
  new Uint8Array(PACKET_HEAD_ROOM + MAX_RTP_PACKET + PACKET_TAIL_ROOM);
