import { SRTP_MAX_PACKET } from './profile.js';

const RTP_FIXED = 12;

/** Octets of an RTP header with its CSRC list and extension (RFC 3550 section 5.1, 5.3.1), or -1 when it does not fit. */
export function rtpHeaderLength(packet: Uint8Array, length: number): number {
  if (length < RTP_FIXED || length > SRTP_MAX_PACKET || length > packet.length) return -1;
  const first = packet[0] as number;
  if (first >> 6 !== 2) return -1;
  let header = RTP_FIXED + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (header + 4 > length) return -1;
    header += 4 + readU16(packet, header + 2) * 4;
  }
  return header > length ? -1 : header;
}

/** True when `packet` can begin with an RTCP header (RFC 3550 section 6.4.1). */
export const hasRtcpHeader = (packet: Uint8Array, length: number): boolean =>
  length >= 8 && length <= SRTP_MAX_PACKET && length <= packet.length && (packet[0] as number) >> 6 === 2;

export const readU16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

export const readU32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)) >>>
  0;

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
