import type { Crypto } from '@earshot/base';
import { createTransforms } from './create-transforms.js';
import { hasRtcpHeader, readU16, readU32, rtpHeaderLength } from './header.js';
import { estimateIndex, INDEX_LIMIT } from './packet-index.js';
import {
  SRTP_MALFORMED,
  SRTP_MAX_OVERHEAD,
  SRTP_MAX_SSRCS,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_SSRCS,
  type SrtpProfileName,
} from './profile.js';
import { ReplayWindow } from './replay-window.js';
import type { RtcpTransform, RtpTransform } from './transform.js';

/** One past the last SRTCP index (RFC 3711 section 3.2.1). */
const RTCP_INDEX_LIMIT = 2 ** 31;

/**
 * Protects what one master key sends (RFC 3711 section 3.3), in place. An index is used once: a packet that repeats
 * one is refused, since two texts under one key stream reveal each other (section 9.1).
 */
export class SrtpSender {
  readonly #rtp: RtpTransform;
  readonly #rtcp: RtcpTransform;
  readonly #streams = new Map<number, ReplayWindow>();
  #rtcpIndex = 0;

  constructor(crypto: Crypto, profile: SrtpProfileName, key: Uint8Array, salt: Uint8Array) {
    const { rtp, rtcp } = createTransforms(crypto, profile, key, salt);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  /**
   * Protects the RTP packet in `packet[0, length)`, behind which `SRTP_MAX_OVERHEAD` octets must be free. Returns the
   * new length, or SRTP_MALFORMED, SRTP_REPLAYED, SRTP_TOO_MANY_SSRCS.
   */
  protectRtp(packet: Uint8Array, length: number): number {
    const header = rtpHeaderLength(packet, length);
    if (header < 0 || length + SRTP_MAX_OVERHEAD > packet.length) return SRTP_MALFORMED;
    const ssrc = readU32(packet, 8);
    let sent = this.#streams.get(ssrc);
    if (sent === undefined) {
      if (this.#streams.size >= SRTP_MAX_SSRCS) return SRTP_TOO_MANY_SSRCS;
      sent = new ReplayWindow();
      this.#streams.set(ssrc, sent);
    }
    const index = estimateIndex(sent.highest, readU16(packet, 2));
    if (index >= INDEX_LIMIT || !sent.isFresh(index)) return SRTP_REPLAYED;
    sent.accept(index);
    return this.#rtp.sealRtp(packet, header, length, ssrc, index);
  }

  /** Protects a compound RTCP packet likewise. Returns the new length, or SRTP_MALFORMED, SRTP_REPLAYED. */
  protectRtcp(packet: Uint8Array, length: number): number {
    if (!hasRtcpHeader(packet, length) || length + SRTP_MAX_OVERHEAD > packet.length) return SRTP_MALFORMED;
    if (this.#rtcpIndex >= RTCP_INDEX_LIMIT) return SRTP_REPLAYED;
    const index = this.#rtcpIndex;
    this.#rtcpIndex += 1;
    return this.#rtcp.sealRtcp(packet, length, readU32(packet, 4), index);
  }
}
