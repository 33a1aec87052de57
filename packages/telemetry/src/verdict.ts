import type { ErrorCode, Millis } from '@earshot/base';
import type { LegName } from './leg.js';

/** Where a problem is: network (packets are lost or late), transport (they find no way), audio (they carry no sound), ... */
export type VerdictLayer = 'network' | 'transport' | 'audio' | 'signaling' | 'device' | 'far-end' | 'configuration';

/** Whose problem it is. `caller` and `callee` are browsers with their devices and networks; a SIP party is the far end. */
export type VerdictSide = LegName | 'gateway' | 'far-end';

/**
 *   fault:    people do not hear each other, or there is no call
 *   degraded: they do, and this is why it is no better
 *   hint:     worth knowing; nothing is wrong
 */
export type VerdictWeight = 'fault' | 'degraded' | 'hint';

/** What a verdict rests on: entries and samples of the timeline by index, or by time where it is live. */
export interface EvidenceRef {
  /** Index into `entries`, or into `samples`. */
  readonly entry?: number;
  readonly sample?: number;
  readonly at: Millis;
  /** One short sentence: what is seen there. */
  readonly text: string;
}

export interface Verdict {
  readonly code: ErrorCode;
  readonly layer: VerdictLayer;
  readonly side: VerdictSide;
  readonly weight: VerdictWeight;
  /** 0 to 1. */
  readonly confidence: number;
  /** When the symptom began, and when it was over. */
  readonly since: Millis;
  readonly until?: Millis;
  /** One plain sentence about this call. */
  readonly text: string;
  /** What the person on the call can do, and what the operator can. */
  readonly next: { readonly user: string; readonly operator: string };
  readonly evidence: readonly EvidenceRef[];
  /** What follows from it: verdicts that would stand for themselves without this one. */
  readonly consequences: readonly Verdict[];
}

/** A verdict was raised, or withdrawn since its symptom is gone. Of root causes alone. */
export interface VerdictEvent {
  readonly type: 'verdict.raised' | 'verdict.withdrawn';
  readonly code: ErrorCode;
  readonly layer: VerdictLayer;
  readonly side: VerdictSide;
  readonly weight: VerdictWeight;
  readonly confidence: number;
  readonly text: string;
}
