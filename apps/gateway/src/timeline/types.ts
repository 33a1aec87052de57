import type { Diagnose, DiagnosisPolicy, DiagnosisStart, LiveDiagnosis } from '@earshot/diagnosis';
import type { GatewayEvent, LegKind, LegName, PrivacyLevel } from '@earshot/telemetry';
import type { Log } from '../log.js';
import type { CallStore } from '../store/types.js';
import type { CallParties } from './call-record.js';
import type { CallObserver } from './observer.js';
import type { TimelineSession } from './watched.js';

export type EndedEvent = Extract<GatewayEvent, { readonly type: 'call.ended' }>;

export type ReplacedEvent = Extract<GatewayEvent, { readonly type: 'leg.replaced' }>;

/** Who judges calls. */
export interface Judge {
  start(start: DiagnosisStart): LiveDiagnosis;
  readonly diagnose: Diagnose;
  readonly policy?: Partial<DiagnosisPolicy>;
}

export interface TimelinesOptions {
  readonly store: CallStore;
  readonly observers?: readonly CallObserver[];
  /** Whether there is a session of that name: what strangers claim to a relay is not kept. */
  readonly knows: (tag: string) => boolean;
  /** Applied to all that leaves for store, operators and observers. Default: full. */
  readonly privacy?: PrivacyLevel;
  readonly judge?: Judge;
  readonly log?: Log;
}

/** What is known of a call that is asked for. `legId`: of the SIP agent, where the phone network asks. */
export interface CallBeginning extends CallParties {
  readonly legId?: string;
}

/** A call that is being written down. */
export interface CallWatch {
  note(event: GatewayEvent): void;
  /** A description of a leg was set, by what it says about sound. */
  described(leg: LegName, side: 'local' | 'remote', kind: 'offer' | 'answer', sdp: string): void;
  /** Who is called; `session` where that is a browser. */
  calls(kind: LegKind, session?: TimelineSession): void;
  /** The names of its legs at the SIP agent and the media workers. */
  legs(caller: string, callee: string): void;
  /** What carries this leg is another from here on, by that name at the SIP agent and the media workers. */
  replaced(leg: LegName, legId: string, reason: ReplacedEvent['reason']): void;
  /** MOS of what the listener of this leg was given in the last few seconds; undefined where nobody can tell. */
  qualityNow(leg: LegName): number | undefined;
  /** The call is over. Resolves, never rejects, when its record is kept or was waited for long enough. */
  end(event: EndedEvent): Promise<void>;
}
