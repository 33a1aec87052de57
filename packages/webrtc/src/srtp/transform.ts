/**
 * The cryptographic part of one direction, for RTP or for RTCP, on the caller's buffer. It knows no streams: the
 * packet index is given. A packet that does not open is left as it came.
 */
export interface RtpTransform {
  /** Encrypts `[header, length)` and appends the tag; returns the new length. */
  sealRtp(packet: Uint8Array, header: number, length: number, ssrc: number, index: number): number;
  /** Returns the length without the tag, or -1 when the tag does not verify. `length - tag >= header` is given. */
  openRtp(packet: Uint8Array, header: number, length: number, ssrc: number, index: number): number;
}

export interface RtcpTransform {
  /** Where the word of E flag and SRTCP index lies in a protected packet of `length` octets. */
  indexOffset(length: number): number;
  sealRtcp(packet: Uint8Array, length: number, ssrc: number, index: number): number;
  openRtcp(packet: Uint8Array, length: number, ssrc: number): number;
}

/** Of an SRTCP packet: the header and first SSRC stay in clear (RFC 3711 section 3.4). */
export const RTCP_CLEAR = 8;
/** The E flag of the word that carries the SRTCP index. */
export const ENCRYPTED_FLAG = 0x8000_0000;
