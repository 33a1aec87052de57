import type { ErrorCode, Millis } from '@earshot/base';
import type {
  CallRecord,
  CallTimeline,
  GatewayEvent,
  LegName,
  Sample,
  Verdict,
  VerdictEvent,
} from '@earshot/telemetry';

/** What is known of a running call at any time. */
export interface CallNow {
  readonly callId: string;
  readonly startedAt: Millis;
  /** As a record would be written now; `result` is `unfinished` while it runs. */
  readonly record: CallRecord;
}

/** Hears of all calls as things happen: metrics, alerts, traces, webhooks, HEP. What it does must be quick and not throw. */
export interface CallObserver {
  event?(at: Millis, event: GatewayEvent, call: CallNow): void;
  sample?(at: Millis, leg: LegName, sample: Sample, call: CallNow): void;
  verdict?(at: Millis, event: VerdictEvent, call: CallNow): void;
  /** A call that was not even looked at: too many at once, an id in use. */
  turnedAway?(code: ErrorCode): void;
  /** Nothing more is to come: record (no longer provisional) and verdicts are final. */
  closed?(timeline: CallTimeline, record: CallRecord, verdicts: readonly Verdict[]): void;
  /** How long one round of the diagnosis over all running calls took. */
  ticked?(tookMs: Millis): void;
}
