import { writeRtpHeader } from '../header.js';

export interface PacketFields {
  readonly payloadType?: number;
  readonly marker?: boolean;
  readonly sequence?: number;
  readonly timestamp?: number;
  readonly ssrc?: number;
  readonly payload?: Uint8Array | readonly number[];
}

/** A whole RTP packet with a plain header. */
export function rtpPacket({
  payloadType = 0,
  marker = false,
  sequence = 0,
  timestamp = 0,
  ssrc = 0x11223344,
  payload = new Uint8Array(160).fill(0xff),
}: PacketFields): Uint8Array {
  const bytes = new Uint8Array(12 + payload.length);
  writeRtpHeader(bytes, 0, payloadType, marker, sequence, timestamp, ssrc);
  bytes.set(payload, 12);
  return bytes;
}
