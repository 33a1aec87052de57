import type { TransportAddress } from './net.js';

/** The audio codecs this system speaks, by their media subtype names. */
export type CodecName = 'opus' | 'PCMU' | 'PCMA' | 'G722';

/** One payload type of a negotiated audio section. */
export interface AudioCodec {
  readonly name: CodecName;
  /** 0 to 127. */
  readonly payloadType: number;
  /** RTP clock in Hz: opus 48000; PCMU, PCMA and (by RFC 3551) G722 8000. */
  readonly clockRate: number;
}

export interface TelephoneEventFormat {
  readonly payloadType: number;
  /** Hz. */
  readonly clockRate: number;
}

/** Redundant audio (RFC 2198): which payload type it has, and which one the frames inside it have. */
export interface RedundantAudio {
  readonly payloadType: number;
  readonly of: number;
}

/** What offer and answer agreed on for one leg: all a media engine needs to bridge it. */
export interface LegMedia {
  /** Ours to send, in order of preference, and ours to receive. The first is what a transcoder encodes to. */
  readonly codecs: readonly AudioCodec[];
  /** telephone-event formats (RFC 4733), at most one for each clock rate. */
  readonly telephoneEvents: readonly TelephoneEventFormat[];
  /** Where both sides take one of `codecs` redundantly as well. Neither has to send it. */
  readonly red?: RedundantAudio;
  /** The direction as seen from this system (RFC 3264): sendonly means that we only send. */
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  /** Packet duration we send, in ms. */
  readonly ptimeMs: number;
}

/** A certificate fingerprint of a=fingerprint (RFC 8122): hash name in lower case, value in upper-case hexadecimal with colons. */
export interface Fingerprint {
  readonly algorithm: string;
  readonly value: string;
}

export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** What a remote WebRTC description says about its transport. */
export interface WebRtcRemote {
  readonly ice: IceCredentials;
  readonly fingerprints: readonly Fingerprint[];
}

export interface RtpRemote {
  readonly rtp: TransportAddress;
  /** Where RTCP goes: a=rtcp (RFC 3605), the same as `rtp` with a=rtcp-mux, or port + 1. */
  readonly rtcp: TransportAddress;
}
