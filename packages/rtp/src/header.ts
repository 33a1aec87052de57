/**
 * RTP headers read and written in place (RFC 3550 section 5.1). A packet is `length` bytes at `offset` of a larger
 * buffer; nothing here allocates. Call `rtpHeaderLength` first: the accessors read the twelve fixed bytes unchecked.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                           timestamp                           |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |           synchronization source (SSRC) identifier            |
 *   +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 *   |            contributing source (CSRC) identifiers             |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
export const RTP_FIXED_HEADER_LENGTH = 12;

/** What `rtpHeaderLength` returns, all negative, for bytes that are not an RTP packet. */
export const RTP_INVALID = {
  tooShort: -1,
  version: -2,
  csrc: -3,
  extension: -4,
  padding: -5,
} as const;

/**
 * Validates the packet and returns the length of its header in bytes: fixed part, CSRC list and header extension
 * (skipped whole, RFC 8285 elements included). One of RTP_INVALID, negative, when any bound does not hold.
 */
export function rtpHeaderLength(bytes: Uint8Array, length: number, offset = 0): number {
  if (length < RTP_FIXED_HEADER_LENGTH || offset < 0 || offset + length > bytes.length) return RTP_INVALID.tooShort;
  const first = bytes[offset] as number;
  if (first >> 6 !== 2) return RTP_INVALID.version;
  let header = RTP_FIXED_HEADER_LENGTH + (first & 0x0f) * 4;
  if (header > length) return RTP_INVALID.csrc;
  if ((first & 0x10) !== 0) {
    if (header + 4 > length) return RTP_INVALID.extension;
    header += 4 + readU16(bytes, offset + header + 2) * 4;
    if (header > length) return RTP_INVALID.extension;
  }
  if ((first & 0x20) !== 0) {
    const padding = bytes[offset + length - 1] as number;
    if (padding === 0 || header + padding > length) return RTP_INVALID.padding;
  }
  return header;
}

/** Where the payload of a validated packet ends, padding left out: an index into `bytes`. */
export function rtpPayloadEnd(bytes: Uint8Array, length: number, offset = 0): number {
  const end = offset + length;
  return ((bytes[offset] as number) & 0x20) === 0 ? end : end - (bytes[end - 1] as number);
}

export const rtpMarker = (bytes: Uint8Array, offset = 0): boolean => (bytes[offset + 1] as number) >= 0x80;

export const rtpPayloadType = (bytes: Uint8Array, offset = 0): number => (bytes[offset + 1] as number) & 0x7f;

export const rtpSequenceNumber = (bytes: Uint8Array, offset = 0): number => readU16(bytes, offset + 2);

export const rtpTimestamp = (bytes: Uint8Array, offset = 0): number => readU32(bytes, offset + 4);

export const rtpSsrc = (bytes: Uint8Array, offset = 0): number => readU32(bytes, offset + 8);

export function setRtpMarker(bytes: Uint8Array, marker: boolean, offset = 0): void {
  bytes[offset + 1] = ((bytes[offset + 1] as number) & 0x7f) | (marker ? 0x80 : 0);
}

export function setRtpPayloadType(bytes: Uint8Array, payloadType: number, offset = 0): void {
  bytes[offset + 1] = ((bytes[offset + 1] as number) & 0x80) | (payloadType & 0x7f);
}

export function setRtpSequenceNumber(bytes: Uint8Array, sequence: number, offset = 0): void {
  writeU16(bytes, offset + 2, sequence);
}

export function setRtpTimestamp(bytes: Uint8Array, timestamp: number, offset = 0): void {
  writeU32(bytes, offset + 4, timestamp);
}

export function setRtpSsrc(bytes: Uint8Array, ssrc: number, offset = 0): void {
  writeU32(bytes, offset + 8, ssrc);
}

/** Writes a fixed header of twelve bytes: version 2, no padding, no extension, no CSRC. */
export function writeRtpHeader(
  bytes: Uint8Array,
  offset: number,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  bytes[offset] = 0x80;
  bytes[offset + 1] = (payloadType & 0x7f) | (marker ? 0x80 : 0);
  writeU16(bytes, offset + 2, sequence);
  writeU32(bytes, offset + 4, timestamp);
  writeU32(bytes, offset + 8, ssrc);
}

export function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
