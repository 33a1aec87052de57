import type { Millis } from '@earshot/base';
import type {
  CallTimeline,
  LegKind,
  LegName,
  QualityFacts,
  Sample,
  TimelineEntry,
  Vantage,
  Verdict,
  VerdictEvent,
} from '@earshot/telemetry';

/** What can be set about the judgement of calls. All times in ms. */
export interface DiagnosisPolicy {
  /** From the call to the first ringing, answer or refusal; beyond, `sip.slow_setup`. */
  readonly slowSetupMs: Millis;
}

/** What is known of a call when it begins. */
export interface DiagnosisStart {
  readonly callId: string;
  readonly startedAt: Millis;
  readonly caller: LegKind;
  readonly callee?: LegKind;
  /** See `CallTimeline.vantages`. */
  readonly vantages?: readonly Vantage[];
  readonly policy?: Partial<DiagnosisPolicy>;
}

/**
 * One call, judged as it goes: entries and samples in about the order of their time, `tick` about once a second, `end`
 * when nothing more is to come. A root cause is `raised` within 5 s of its symptom, and `withdrawn` when it is over.
 */
export interface LiveDiagnosis {
  /** `callee` may become known later. */
  describe(facts: { readonly callee: LegKind }): void;
  entry(entry: TimelineEntry): void;
  sample(sample: Sample): void;
  tick(now: Millis): readonly VerdictEvent[];
  end(now: Millis): readonly VerdictEvent[];
  /** As it stands: the first root cause first, those that are over included. */
  readonly verdicts: readonly Verdict[];
  /** Of what each leg's listener was given so far; legs without figures are left out. Cheap to ask. */
  readonly quality?: readonly QualityFacts[];
  /** MOS of what a leg's listener was given in the last few seconds. Cheap to ask. */
  qualityNow?(leg: LegName): number | undefined;
}

/** What can and what cannot be concluded from what was seen. */
export interface Coverage {
  readonly vantages: readonly Vantage[];
  /** Plain sentences. */
  readonly can: readonly string[];
  readonly cannot: readonly string[];
}

export interface Diagnosis {
  /** Root causes, the first one first. Empty: nothing was wrong. */
  readonly verdicts: readonly Verdict[];
  readonly coverage: Coverage;
  /** One or two plain sentences. */
  readonly summary: string;
}

export type Diagnose = (timeline: CallTimeline, policy?: Partial<DiagnosisPolicy>) => Diagnosis;
