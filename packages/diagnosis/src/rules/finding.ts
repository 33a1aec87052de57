import type { ErrorCode, Millis } from '@earshot/base';
import type { EvidenceRef, VerdictSide, VerdictWeight } from '@earshot/telemetry';
import type { CallTrace, Noted } from '../features/call-trace.js';
import type { Kept } from '../features/window.js';

/** What a rule found: a verdict before it is known what explains what. */
export interface Finding {
  readonly code: ErrorCode;
  readonly side: VerdictSide;
  readonly weight: VerdictWeight;
  readonly confidence: number;
  readonly since: Millis;
  readonly text: string;
  readonly evidence: readonly EvidenceRef[];
  /** How long this one is held back, where it is not what the catalogue says of its code. In ms. */
  readonly holdMs?: number;
  /** Where something better can be said than the catalogue does. */
  readonly next?: { readonly user?: string; readonly operator?: string };
}

/** What holds now. A rule is a function of the trace alone, and is asked again at each tick. */
export type Rule = (trace: CallTrace) => readonly Finding[];

/** An entry as evidence. */
export const seenEntry = (noted: Noted<unknown>, text: string): EvidenceRef => ({
  ...(noted.index === undefined ? {} : { entry: noted.index }),
  at: noted.at,
  text,
});

/** A sample as evidence. */
export const seenSample = (kept: Kept<unknown>, text: string): EvidenceRef => ({
  ...(kept.index === undefined ? {} : { sample: kept.index }),
  at: kept.at,
  text,
});

/** A moment as evidence, where what is telling is that nothing was seen. */
export const seenAt = (at: Millis, text: string): EvidenceRef => ({ at, text });
