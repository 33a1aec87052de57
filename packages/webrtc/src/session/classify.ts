/**
 * Demultiplexing by the first byte (RFC 7983 section 7), and of RTP and RTCP by the second (RFC 5761 section 4).
 * Numbers, so that the packet path compares and never allocates.
 */
export const PACKET_UNKNOWN = 0;
export const PACKET_STUN = 1;
export const PACKET_DTLS = 2;
export const PACKET_TURN_CHANNEL = 3;
export const PACKET_RTP = 4;
export const PACKET_RTCP = 5;

export type PacketKind =
  | typeof PACKET_UNKNOWN
  | typeof PACKET_STUN
  | typeof PACKET_DTLS
  | typeof PACKET_TURN_CHANNEL
  | typeof PACKET_RTP
  | typeof PACKET_RTCP;

/** Either byte is undefined when the datagram is that short. */
export function classifyPacket(firstByte: number | undefined, secondByte: number | undefined): PacketKind {
  if (firstByte === undefined || secondByte === undefined) return PACKET_UNKNOWN;
  if (firstByte >= 128) {
    if (firstByte > 191) return PACKET_UNKNOWN;
    return secondByte >= 192 && secondByte <= 223 ? PACKET_RTCP : PACKET_RTP;
  }
  if (firstByte <= 3) return PACKET_STUN;
  if (firstByte >= 20 && firstByte <= 63) return PACKET_DTLS;
  return firstByte >= 64 && firstByte <= 79 ? PACKET_TURN_CHANNEL : PACKET_UNKNOWN;
}
