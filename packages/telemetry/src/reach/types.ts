import type { ErrorCode, Millis } from '@earshot/base';
import type { TurnTransport } from '../candidate.js';
import type { LegName } from '../leg.js';

/** By which path a browser's media reaches the gateway. */
export interface MediaPath {
  readonly via: 'direct' | 'relay';
  /** How the browser's packets leave it: to the gateway, or to the relay. */
  readonly transport: TurnTransport;
  readonly family: 'ipv4' | 'ipv6';
  /** Of the relay, as a URL or an address. */
  readonly server?: string;
  readonly since: Millis;
  /** The entry of the timeline that says so. */
  readonly entry: number;
}

/** One way that the browser tried, or could have. `entries` are indexes into the timeline. */
export interface TriedWay {
  readonly via: 'direct' | 'relay';
  readonly transport: TurnTransport;
  /** URL of the relay. */
  readonly server?: string;
  /**
   *   used:    it carries the media, or did last
   *   ready:   it would have worked
   *   refused: the other end answered with an error
   *   failed:  no connection could be made
   *   silent:  nothing came back
   *   unheard: the gateway saw nothing of it
   */
  readonly outcome: 'used' | 'ready' | 'refused' | 'failed' | 'silent' | 'unheard';
  readonly code?: ErrorCode;
  readonly entries: readonly number[];
}

export interface ReachFinding {
  readonly code: ErrorCode;
  /** fault: why there is no path. degraded: there is one, and this is why it is no better. */
  readonly weight: 'fault' | 'degraded';
  /** One plain sentence about this call. */
  readonly text: string;
  readonly entries: readonly number[];
}

/** How a browser reached the gateway, or why it did not. */
export interface Reach {
  readonly leg: LegName;
  /**
   *   reached: media had a path
   *   lost:    it had one, and lost it
   *   failed:  it was tried to the end, without one
   *   open:    no path yet, or the call ended before that was decided
   */
  readonly outcome: 'reached' | 'lost' | 'failed' | 'open';
  readonly policy?: 'all' | 'relay' | 'auto';
  readonly path?: MediaPath;
  readonly tried: readonly TriedWay[];
  /** The most telling one first. Empty: nothing is wrong. */
  readonly findings: readonly ReachFinding[];
  /** One or two plain sentences. */
  readonly summary: string;
}
