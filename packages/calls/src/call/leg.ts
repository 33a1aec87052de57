import type { CodecName, LegMedia, RandomBytes, Result, TransportAddress } from '@earshot/base';
import type { MediaCommand } from '../media.js';
import type { LegKind } from '../offer-answer/codec-policy.js';
import type { LocalSession } from '../offer-answer/description.js';

/** Something to send to the remote of a leg, and what the media worker must know with it. */
export interface Described {
  readonly sdp: string;
  readonly commands: readonly MediaCommand[];
  /** Media now comes from and goes to somewhere else: nothing is confirmed for the new place. */
  readonly moved: boolean;
}

/**
 * One side's offer/answer state (RFC 3264), the same face for every kind of leg. A leg has one role in setup: it
 * receives an offer and answers it (caller), or sends one and accepts the answer (callee). In mid-call either re-offers.
 */
export interface Leg {
  readonly legId: string;
  readonly kind: LegKind;
  /** What was agreed on; undefined before. */
  readonly media: LegMedia | undefined;
  /** Whether our side can be described: a local transport address is known. */
  readonly ready: boolean;
  open(callId: string): MediaCommand;
  /** The worker has a port for this leg. */
  opened(local: TransportAddress): void;
  /** Browsers reach us by these addresses from now on: descriptions to come say so. */
  relocate(candidates: readonly TransportAddress[]): void;
  /** Takes the caller's offer; returns the codecs known here, in its order. */
  receiveOffer(sdp: string): Result<readonly CodecName[]>;
  /** Answers it with `names`; `otherLeg` is what the other leg has agreed on so far, in its order. */
  answer(names: readonly CodecName[], otherLeg: readonly CodecName[]): Result<Described>;
  offer(names: readonly CodecName[]): string;
  /** May come several times: each fork and each provisional answer can describe another place (RFC 3261 section 13.2). */
  acceptAnswer(sdp: string): Result<Omit<Described, 'sdp'>>;
  /** Answers an offer in mid-call; `abandons`: see `leg.description`. A fault leaves the leg as it was. */
  reoffer(sdp: string, abandons: boolean): Result<Described>;
}

/** A session id for o= (RFC 8829 section 5.2.1: 62 random bits). */
export function newSession(random: RandomBytes): LocalSession {
  let id = 0n;
  for (const byte of random(8)) id = (id << 8n) | BigInt(byte);
  return { id: String(id >> 2n), version: 1 };
}

export const nextVersion = ({ id, version }: LocalSession): LocalSession => ({ id, version: version + 1 });
