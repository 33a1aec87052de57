/** An RTP packet of 20 ms of G.711 (RFC 3550 section 5.1): 12 octets of header and 160 of payload. */
export const PACKET_LENGTH = 172;
const HEADER = 12;
const FILL = 0xd5;
const NUMBER_AT = 4;

/** `number` stands where the time stamp does. */
export function rtpPacket(number: number): Buffer {
  const packet = Buffer.alloc(PACKET_LENGTH, FILL);
  packet.fill(0, 0, HEADER);
  packet[0] = 0x80;
  packet[1] = 8;
  packet.writeUInt32BE(number, NUMBER_AT);
  return packet;
}

/** Whether `bytes` from `offset` on look like one of these: the ends are looked at, not all that lies between. */
export const isRtpPacket = (bytes: Uint8Array, offset: number): boolean =>
  bytes.length === offset + PACKET_LENGTH && bytes[offset] === 0x80 && bytes[bytes.length - 1] === FILL;
