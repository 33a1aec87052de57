import { SRTP_MAX_OVERHEAD, type SrtpSender } from '../../../packages/webrtc/src/srtp/index.js';

const HEADER_LENGTH = 12;

export interface Stream {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Timestamp units of one frame. */
  readonly ticks: number;
  readonly frames: readonly Uint8Array[];
}

/** The RTP packets (RFC 3550 section 5.1) of frames `[first, first + count)` of an endless stream. */
export function rtpPackets({ payloadType, ssrc, ticks, frames }: Stream, first: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const frame = first + index;
    const payload = frames[frame % frames.length] ?? new Uint8Array(0);
    const packet = Buffer.alloc(HEADER_LENGTH + payload.length);
    packet[0] = 0x80;
    packet[1] = frame === 0 ? payloadType | 0x80 : payloadType;
    packet.writeUInt16BE(frame & 0xffff, 2);
    packet.writeUInt32BE((frame * ticks) >>> 0, 4);
    packet.writeUInt32BE(ssrc, 8);
    packet.set(payload, HEADER_LENGTH);
    return packet;
  });
}

/** The same packets protected; made before a measurement, so that the generator encrypts nothing during one. */
export function srtpPackets(packets: readonly Buffer[], sender: SrtpSender): Buffer[] {
  return packets.map((packet) => {
    const room = Buffer.alloc(packet.length + SRTP_MAX_OVERHEAD);
    packet.copy(room);
    const length = sender.protectRtp(room, packet.length);
    if (length < 0) throw new Error(`the generator cannot protect its own packet (${length})`);
    return room.subarray(0, length);
  });
}

/** Payload type and payload of a received packet; without padding, which nobody here sends. */
export function readRtp(packet: Uint8Array, length: number): { payloadType: number; payload: Uint8Array } {
  const csrcs = (packet[0] ?? 0) & 0x0f;
  let start = HEADER_LENGTH + csrcs * 4;
  if (((packet[0] ?? 0) & 0x10) !== 0) {
    start += 4 + 4 * (((packet[start + 2] ?? 0) << 8) | (packet[start + 3] ?? 0));
  }
  return { payloadType: (packet[1] ?? 0) & 0x7f, payload: packet.subarray(start, length) };
}
