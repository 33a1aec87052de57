import type { Millis } from '@earshot/base';
import type { TurnTransport } from '@earshot/telemetry';
import type { TurnCounters } from '@earshot/turn';
import type { StoreFigures } from '../store/types.js';

/** The embedded relay. */
export interface RelayFigures {
  /** Where it listens now; a transport that it does not serve is left out. */
  readonly ports: Readonly<Partial<Record<TurnTransport, number>>>;
  /** Of all its threads together. */
  readonly counters: TurnCounters;
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

/** Of those that are asked whether they are there. */
export interface TrunkFigures {
  readonly name: string;
  readonly state: 'unknown' | 'up' | 'down';
}

/**
 * What the parts of the gateway tell the operator, asked for at each request: cheap, and from memory. A part that this
 * installation does not have is left out, or gives undefined.
 */
export interface GatewayFigures {
  /** Media workers that run, of those configured. */
  readonly workers: () => { readonly running: number; readonly configured: number };
  readonly sessions: () => number;
  /** Pages that wait for calls. */
  readonly waiting: () => { readonly awake: number; readonly asleep: number };
  readonly calls: () => number;
  readonly relay?: () => RelayFigures | undefined;
  readonly credentials?: () => CredentialFigures;
  readonly externalRelays?: () => readonly ExternalRelayFigures[];
  readonly store?: () => StoreFigures | undefined;
  readonly trunks?: () => readonly TrunkFigures[];
  /** The TLS certificate in use. */
  readonly certificate?: () => { readonly expiresAt: Millis } | undefined;
}
