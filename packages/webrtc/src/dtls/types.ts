import type { Certificate, Crypto, Fault } from '@earshot/base';

/** The SRTP protection profiles offered, by their IANA names without the SRTP_ prefix (RFC 5764, RFC 7714). */
export type SrtpProfileName = 'AES128_CM_HMAC_SHA1_80' | 'AEAD_AES_128_GCM';

export interface SrtpKey {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** 14 bytes for AES128_CM_HMAC_SHA1_80, 12 for AEAD_AES_128_GCM. */
  readonly salt: Uint8Array;
}

/** SRTP master keys and salts (RFC 5764 section 4.2). */
export interface SrtpKeyingMaterial {
  readonly profile: SrtpProfileName;
  /** What this side encrypts with: the server's write key. */
  readonly local: SrtpKey;
  /** What the peer encrypts with: the client's write key. */
  readonly remote: SrtpKey;
}

export interface DtlsServerOptions {
  readonly crypto: Crypto;
  readonly certificate: Certificate;
  /**
   * SRTP profiles in order of preference. The default puts AES128_CM_HMAC_SHA1_80 first: per packet it costs less in
   * Node than a GCM cipher made anew for each packet.
   */
  readonly profiles?: readonly SrtpProfileName[];
  /** The most bytes of UDP payload to send in one datagram; 1150 unless told, at least 100. */
  readonly mtu?: number;
}

export type DtlsState = 'new' | 'handshaking' | 'connected' | 'failed' | 'closed';

export type DtlsOutput =
  | { readonly type: 'send'; readonly datagram: Uint8Array }
  | { readonly type: 'event'; readonly event: DtlsEvent };

/** `at` is the `now` (ms) of the call that gave the event. */
export type DtlsEvent =
  | FlightEvent
  | PartialFlightEvent
  | {
      readonly type: 'connected';
      readonly keys: SrtpKeyingMaterial;
      /** From the first ClientHello record to here, in ms. */
      readonly durationMs: number;
      readonly at: number;
    }
  | {
      readonly type: 'failed';
      readonly fault: Fault;
      /** The alert description (RFC 5246 section 7.2) that was sent, or received for `dtls.peer_alert`. */
      readonly alert?: number;
      readonly at: number;
    }
  | {
      readonly type: 'alert';
      readonly level: 'warning' | 'fatal';
      /** An alert description of RFC 5246 section 7.2, as received. */
      readonly description: number;
      readonly at: number;
    }
  | { readonly type: 'closed'; readonly at: number };

/** A flight of RFC 6347 section 4.2.4 that was sent, or that arrived in full. */
export interface FlightEvent {
  readonly type: 'flight';
  readonly direction: 'in' | 'out';
  /** 1: ClientHello, 4: ServerHello to ServerHelloDone, 5: Certificate to Finished, 6: the server's Finished. */
  readonly flight: 1 | 4 | 5 | 6;
  /** UDP payload bytes. */
  readonly bytes: number;
  readonly retransmission: boolean;
  readonly at: number;
}

/** Of a flight that is waited for, a part has arrived; `bytes` as for flights. Said once for each flight. */
export interface PartialFlightEvent {
  readonly type: 'partial-flight';
  readonly flight: 1 | 5;
  readonly bytes: number;
  readonly at: number;
}
