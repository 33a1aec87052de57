import type { ErrorCode, Millis } from '@earshot/base';
import type { TurnTransport } from '@earshot/telemetry';

/** What has been relayed since the start; up: from clients to peers. Counts never fall. */
export interface RelayTraffic {
  readonly packetsUp: number;
  readonly packetsDown: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Over the bandwidth of an allocation, or to a peer without permission. */
  readonly droppedUp: number;
  readonly droppedDown: number;
}

/** The embedded relay, all of its threads together. */
export interface RelayFigures {
  /** Where it listens now; a transport that it does not serve is left out. */
  readonly ports: Readonly<Partial<Record<TurnTransport, number>>>;
  /** Open now, by how the client speaks to the relay. */
  readonly allocations: Readonly<Record<TurnTransport, number>>;
  /** Made since the start. */
  readonly allocated: Readonly<Record<TurnTransport, number>>;
  readonly traffic: RelayTraffic;
  /** Error responses since the start, by name. The challenge that every client is met with first is none. */
  readonly refusals: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Datagrams and connections that were dropped without an answer, since the start. */
  readonly ignored: number;
}

export interface CredentialFigures {
  /** Sets of credentials made for sessions since the start. */
  readonly issued: number;
  /** When the newest secret was made; undefined where it is the operator's own. */
  readonly secretMadeAt?: Millis;
}

/** A TURN server of the operator's own. `up`: as of the last check; undefined where it is not checked. */
export interface ExternalRelayFigures {
  readonly url: string;
  readonly up: boolean | undefined;
}

/**
 * What the parts of the gateway tell the operator, asked for at each request: cheap, and from memory. A part that this
 * installation does not have is left out, or gives undefined.
 */
export interface GatewayFigures {
  /** Media workers that run, of those configured. */
  readonly workers: () => { readonly running: number; readonly configured: number };
  readonly sessions: () => number;
  readonly calls: () => number;
  readonly relay?: () => RelayFigures | undefined;
  readonly credentials?: () => CredentialFigures;
  readonly externalRelays?: () => readonly ExternalRelayFigures[];
  /** The TLS certificate in use. */
  readonly certificate?: () => { readonly expiresAt: Millis } | undefined;
}
