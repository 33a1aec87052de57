import type { IceCredentials, TransportAddress } from '@earshot/base';

/** What became of one STUN datagram: what it was, and what was answered. */
export type CheckOutcome =
  /** A valid connectivity check, answered with success. */
  | 'valid'
  /** A valid check with USE-CANDIDATE. */
  | 'nominating'
  /** The password is wrong: 401. */
  | 'bad-integrity'
  /** USERNAME or MESSAGE-INTEGRITY is missing: 400. */
  | 'unauthenticated'
  /** The local ufrag is none of the live generations: not answered. */
  | 'unknown-ufrag'
  /** An attribute that must be understood is not: 420. */
  | 'unknown-attribute'
  /** The peer claims the controlled role: 487. */
  | 'role-conflict'
  /** Valid, but of paths that the peer gave up: 403, which takes consent back (RFC 7675 section 5.2). */
  | 'revoked'
  /** Valid, but its transaction came by another path before: not answered. */
  | 'replayed'
  /** Not STUN, or FINGERPRINT missing or wrong: not answered. */
  | 'malformed'
  /** A Binding indication: a keepalive that proves nothing (RFC 8445 section 11). */
  | 'indication'
  /** A response or another method, though nothing was asked: not answered. */
  | 'unexpected';

/** Connectivity as the owner sees it. `lost` may be followed by `connected`. */
export type IceState = 'new' | 'checking' | 'connected' | 'lost';

/** One of our own addresses. The owner gives the same object for the same socket, and gets it back. */
export interface LocalCandidate extends TransportAddress {
  /** Of the candidate that leads there, as it was advertised (RFC 8445 section 5.1.2). */
  readonly priority: number;
}

/** The two ends of a candidate pair. */
export interface IcePath {
  readonly local: LocalCandidate;
  readonly remote: TransportAddress;
}

export type IceOutput =
  /** To be sent from the socket of `from`: an answer leaves from where the check came to. */
  | {
      readonly type: 'send';
      readonly datagram: Uint8Array;
      readonly from: LocalCandidate;
      readonly to: TransportAddress;
    }
  | { readonly type: 'event'; readonly event: IceEvent };

/** `at` is the `now` (ms) of the call that gave the event. */
export type IceEvent = CheckEvent | IceStateEvent | PathEvent;

/**
 * Evidence of checks that came from one address for one generation with one outcome. Sent for the first, and then
 * whenever `count` reaches a power of two. A lite agent sends no checks, so it never learns the round trip.
 */
export interface CheckEvent {
  readonly type: 'check';
  readonly outcome: CheckOutcome;
  readonly from: TransportAddress;
  readonly local: TransportAddress;
  /** 0 for the first local credentials, one more for each restart; undefined when none was meant or matched. */
  readonly generation: number | undefined;
  /** How many such checks since the agent began. */
  readonly count: number;
  readonly at: number;
}

export interface IceStateEvent {
  readonly type: 'ice';
  readonly state: Exclude<IceState, 'new'>;
  readonly remote: TransportAddress;
  readonly local: TransportAddress;
  readonly generation: number;
  readonly at: number;
}

/** The selected pair changed: the first nomination, another one, or the first of a new generation. */
export interface PathEvent {
  readonly type: 'path';
  readonly remote: TransportAddress;
  readonly local: TransportAddress;
  readonly previous: IcePath | undefined;
  readonly generation: number;
  readonly at: number;
}

export interface IceLiteOptions {
  /** The local credentials of generation 0. */
  readonly ice: IceCredentials;
  /** Without a check on the selected pair for this long, in ms, the agent says `lost`; 15,000 unless told. */
  readonly consentTimeoutMs?: number;
  /**
   * How others see an address that a check came from. A relay beside this agent sends from the inner side of a NAT that
   * it is known by from outside (1:1 NAT); the peer knows the outer address alone. The address itself unless told.
   */
  readonly seenFromOutside?: (from: TransportAddress) => TransportAddress;
}
