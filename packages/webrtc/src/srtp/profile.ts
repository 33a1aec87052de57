/** The protection profiles of DTLS-SRTP (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
export type SrtpProfileName = 'AES128_CM_HMAC_SHA1_80' | 'AEAD_AES_128_GCM';

interface SrtpProfile {
  /** Octets of the master key. */
  readonly keyLength: number;
  /** Octets of the master salt, and of each session salt. */
  readonly saltLength: number;
  readonly tagLength: number;
}

export const SRTP_PROFILES: Readonly<Record<SrtpProfileName, SrtpProfile>> = {
  AES128_CM_HMAC_SHA1_80: { keyLength: 16, saltLength: 14, tagLength: 10 },
  AEAD_AES_128_GCM: { keyLength: 16, saltLength: 12, tagLength: 16 },
};

/** Octets that protection adds at most: a GCM tag and the SRTCP index. */
export const SRTP_MAX_OVERHEAD = 20;

/** Octets of the longest packet taken, protected or not: nothing larger crosses the Internet unfragmented. */
export const SRTP_MAX_PACKET = 2048;

/** Synchronization sources of one session and direction; each costs state that lasts as long as the keys. */
export const SRTP_MAX_SSRCS = 16;

/** Not RTP or RTCP, too short, or longer than `SRTP_MAX_PACKET`. */
export const SRTP_MALFORMED = -1;
/** The tag does not verify. */
export const SRTP_AUTH_FAILED = -2;
/** Receiving: seen before, or too old to tell. Sending: the index has been used, so its key stream must not be again. */
export const SRTP_REPLAYED = -3;
export const SRTP_TOO_MANY_SSRCS = -4;
