import type { Certificate, Crypto, Fault, IceCredentials, TransportAddress } from '@earshot/base';
import type { DtlsEvent, SrtpProfileName } from '../dtls/index.js';
import type { IceEvent, LocalCandidate } from '../ice/index.js';

export interface WebRtcSessionOptions {
  readonly crypto: Crypto;
  readonly certificate: Certificate;
  /** The local credentials of the first generation. */
  readonly ice: IceCredentials;
  /** Without a check on the selected pair for this long, in ms, the session says `lost`; 15,000 unless told. */
  readonly consentTimeoutMs?: number;
  /** How others see an address that packets come from: see `IceLiteOptions`. */
  readonly seenFromOutside?: (from: TransportAddress) => TransportAddress;
  /** The most bytes of UDP payload in one DTLS datagram. */
  readonly mtu?: number;
  /** SRTP profiles in order of preference. */
  readonly profiles?: readonly SrtpProfileName[];
}

export type SessionOutput =
  /** To be sent from the socket of `from`. */
  | {
      readonly type: 'send';
      readonly datagram: Uint8Array;
      readonly from: LocalCandidate;
      readonly to: TransportAddress;
    }
  | { readonly type: 'event'; readonly event: SessionEvent };

/** `at` is the `now` (ms) of the call that gave the event. */
export type SessionEvent =
  /** Evidence, connectivity and path of ICE. */
  | IceEvent
  /** What happened to the DTLS association. The keys stay inside; `ready` and `failed` say how it ended. */
  | { readonly type: 'dtls'; readonly event: DtlsSessionEvent }
  /** Media may flow. `durationMs`: of the DTLS handshake. */
  | { readonly type: 'ready'; readonly profile: SrtpProfileName; readonly durationMs: number; readonly at: number }
  | { readonly type: 'failed'; readonly fault: Fault; readonly at: number };

export type DtlsSessionEvent = Exclude<DtlsEvent, { readonly type: 'connected' | 'failed' }>;

/** What was dropped, in datagrams since the session began. Nothing else changes for any of them. */
export interface SessionCounters {
  /** DTLS from an address that no check has validated. */
  dtlsNotValidated: number;
  /** RTP or RTCP from an address that no check has validated. */
  mediaNotValidated: number;
  /** RTP or RTCP before the keys are there. */
  mediaNotReady: number;
  /** RTP or RTCP that SRTP refused, for whatever reason. */
  mediaRefused: number;
  /** Neither STUN nor DTLS on the control path, or anything after `close`. */
  unexpected: number;
}

/** Returned by the hot path beside the SRTP codes: no check has validated the address the packet came from. */
export const MEDIA_NOT_VALIDATED = -16;
/** Returned by the hot path beside the SRTP codes: no keys yet, or the session is closed. */
export const MEDIA_NOT_READY = -17;
