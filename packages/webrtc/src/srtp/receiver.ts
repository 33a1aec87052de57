import type { Crypto } from '@earshot/base';
import { createTransforms } from './create-transforms.js';
import { hasRtcpHeader, readU16, readU32, rtpHeaderLength } from './header.js';
import { estimateIndex, INDEX_LIMIT } from './packet-index.js';
import {
  SRTP_AUTH_FAILED,
  SRTP_MALFORMED,
  SRTP_MAX_SSRCS,
  SRTP_PROFILES,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_SSRCS,
  type SrtpProfileName,
} from './profile.js';
import { ReplayWindow } from './replay-window.js';
import { ENCRYPTED_FLAG, RTCP_CLEAR, type RtcpTransform, type RtpTransform } from './transform.js';

/**
 * Opens what one master key of the remote sent (RFC 3711 section 3.3), in place. Nothing that fails to authenticate
 * changes a window, a rollover counter or the packet, or makes a stream.
 */
export class SrtpReceiver {
  readonly #rtp: RtpTransform;
  readonly #rtcp: RtcpTransform;
  readonly #tagLength: number;
  readonly #rtpSeen = new Map<number, ReplayWindow>();
  readonly #rtcpSeen = new Map<number, ReplayWindow>();
  #wasNewest = false;

  constructor(crypto: Crypto, profile: SrtpProfileName, key: Uint8Array, salt: Uint8Array) {
    const { rtp, rtcp } = createTransforms(crypto, profile, key, salt);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#tagLength = SRTP_PROFILES[profile].tagLength;
  }

  /** Whether the RTP packet that was opened last came after all others of its SSRC so far. */
  get wasNewest(): boolean {
    return this.#wasNewest;
  }

  /** Whether this can be the next packet of a stream that was heard before: by its header, which anybody can write. */
  mayBeNewest(packet: Uint8Array, length: number): boolean {
    if (rtpHeaderLength(packet, length) < 0) return false;
    const seen = this.#rtpSeen.get(readU32(packet, 8));
    return seen !== undefined && estimateIndex(seen.highest, readU16(packet, 2)) > seen.highest;
  }

  /** Opens the SRTP packet in `packet[0, length)`. Returns the length of the RTP packet, or one of the SRTP_ failures. */
  unprotectRtp(packet: Uint8Array, length: number): number {
    const header = rtpHeaderLength(packet, length);
    if (header < 0 || length < header + this.#tagLength) return SRTP_MALFORMED;
    const ssrc = readU32(packet, 8);
    const seen = this.#rtpSeen.get(ssrc);
    if (seen === undefined && this.#rtpSeen.size >= SRTP_MAX_SSRCS) return SRTP_TOO_MANY_SSRCS;
    const index = estimateIndex(seen === undefined ? -1 : seen.highest, readU16(packet, 2));
    if (index < 0 || index >= INDEX_LIMIT || (seen !== undefined && !seen.isFresh(index))) return SRTP_REPLAYED;
    const opened = this.#rtp.openRtp(packet, header, length, ssrc, index);
    if (opened < 0) return SRTP_AUTH_FAILED;
    this.#wasNewest = seen === undefined || index > seen.highest;
    record(this.#rtpSeen, seen, ssrc, index);
    return opened;
  }

  /** Opens an SRTCP packet likewise; the result is a compound RTCP packet still to be parsed. */
  unprotectRtcp(packet: Uint8Array, length: number): number {
    if (!hasRtcpHeader(packet, length) || length < RTCP_CLEAR + this.#tagLength + 4) return SRTP_MALFORMED;
    const ssrc = readU32(packet, 4);
    const seen = this.#rtcpSeen.get(ssrc);
    if (seen === undefined && this.#rtcpSeen.size >= SRTP_MAX_SSRCS) return SRTP_TOO_MANY_SSRCS;
    const index = readU32(packet, this.#rtcp.indexOffset(length)) % ENCRYPTED_FLAG;
    if (seen !== undefined && !seen.isFresh(index)) return SRTP_REPLAYED;
    const opened = this.#rtcp.openRtcp(packet, length, ssrc);
    if (opened < 0) return SRTP_AUTH_FAILED;
    record(this.#rtcpSeen, seen, ssrc, index);
    return opened;
  }
}

function record(streams: Map<number, ReplayWindow>, seen: ReplayWindow | undefined, ssrc: number, index: number): void {
  let window = seen;
  if (window === undefined) {
    window = new ReplayWindow();
    streams.set(ssrc, window);
  }
  window.accept(index);
}
