import type { Fingerprint, IceCredentials } from '@earshot/base';

/**
 * A session description (RFC 8866) as far as audio calls need it. What a session-level line says for every section
 * (c=, direction, ICE, DTLS) is already carried into the sections.
 */
export interface SessionDescription {
  readonly origin: Origin;
  /** The address of the session-level c= line. */
  readonly connection?: string;
  readonly iceLite: boolean;
  /** The session-level a=ice-options (RFC 8839 section 5.6). */
  readonly iceOptions: readonly string[];
  /** The mids of a=group:BUNDLE (RFC 9143); empty without one. */
  readonly bundle: readonly string[];
  /** In the order of the m= lines, which an answer must keep (RFC 3264 section 6). */
  readonly sections: readonly MediaSection[];
}

/** The o= line. Session id and version are decimal texts: they may exceed 53 bits. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly address: string;
}

export type MediaSection = AudioSection | OtherSection;

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export type SetupRole = 'actpass' | 'active' | 'passive' | 'holdconn';

export interface AudioSection {
  readonly kind: 'audio';
  /** 0 rejects or disables the section, unless it is bundle-only. */
  readonly port: number;
  /** `RTP/AVP`, `UDP/TLS/RTP/SAVPF`, ... */
  readonly protocol: string;
  /** In order of preference; every payload type once. */
  readonly formats: readonly AudioFormat[];
  /** The address RTP goes to: c= of the section or of the session. */
  readonly address?: string;
  readonly direction: Direction;
  readonly ptimeMs?: number;
  readonly maxPtimeMs?: number;
  /** a=rtcp (RFC 3605). */
  readonly rtcp?: { readonly port: number; readonly address?: string };
  readonly rtcpMux: boolean;
  readonly bundleOnly: boolean;
  readonly mid?: string;
  readonly msid?: MediaStreamId;
  readonly ice?: IceCredentials;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup?: SetupRole;
  readonly candidates: readonly Candidate[];
  readonly endOfCandidates: boolean;
}

/** A section that is no audio: kept only as far as an answer must repeat it to reject it. */
export interface OtherSection {
  readonly kind: 'other';
  readonly media: string;
  readonly port: number;
  readonly protocol: string;
  /** The format list of the m= line, as it stands. */
  readonly formats: string;
  readonly mid?: string;
}

export interface AudioFormat {
  /** 0 to 127. */
  readonly payloadType: number;
  /** The media subtype, spelt as it came; compare without regard to case. */
  readonly name: string;
  /** Hz. */
  readonly clockRate: number;
  readonly channels: number;
  /** The text of a=fmtp after the payload type. */
  readonly fmtp?: string;
}

/** a=msid (RFC 8830): the stream and the track that a browser's `track` event shows. */
export interface MediaStreamId {
  readonly stream: string;
  readonly track?: string;
}

/** a=candidate (RFC 8839 section 5.1) without its extensions. `address` may be an mDNS name. */
export interface Candidate {
  readonly foundation: string;
  readonly component: number;
  readonly transport: string;
  readonly priority: number;
  readonly address: string;
  readonly port: number;
  readonly type: string;
}
