import type { CallState, ErrorCode, Millis } from '@earshot/base';
import type { CallRecord, CauseFacts } from './record.js';
import type { CallTimeline } from './timeline.js';
import type { Verdict } from './verdict.js';

/** What the operators' HTTP interface answers: shapes shared by server, pages and commands. */

/** What calls are searched by. All that is given must hold. */
export interface CallQuery {
  /** Part of a name or number of either party, or the beginning of a call id. */
  readonly text?: string;
  readonly user?: string;
  /** A code, or an area with a dot: `ice.`. `none`: calls with nothing wrong. */
  readonly cause?: string;
  /** `Chromium` or `Chromium 156`. */
  readonly browser?: string;
  readonly trunk?: string;
  readonly network?: string;
  readonly result?: string;
  readonly weight?: string;
  /** Start of the call. */
  readonly from?: Millis;
  readonly until?: Millis;
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface CallPage {
  /** Newest first. */
  readonly calls: readonly CallRecord[];
  /** Undefined: there are no more. */
  readonly next?: string;
}

/** A call that is running. */
export interface LiveCall {
  readonly callId: string;
  readonly startedAt: Millis;
  readonly state: CallState;
  readonly caller: CallRecord['caller'];
  readonly callee?: CallRecord['callee'];
  readonly from?: string;
  readonly to?: string;
  readonly trunk?: string;
  readonly cause?: CauseFacts;
  readonly mos?: number;
}

/** Everything about one call. `record` is absent while it runs. */
export interface CallDetails {
  readonly record?: CallRecord;
  readonly timeline: CallTimeline;
  /** Root causes, the first one first. Empty: nothing was wrong. */
  readonly verdicts: readonly Verdict[];
  /** Evidence that was thrown away or could not be stored. */
  readonly gaps: readonly StoreGap[];
}

/** A time during which something could not be stored. */
export interface StoreGap {
  readonly from: Millis;
  readonly until?: Millis;
  readonly code: ErrorCode;
  /** How much is missing for good: 0 where all was caught up with. */
  readonly lostRecords: number;
  readonly lostEvents: number;
  readonly lostSamples: number;
}

export interface OverviewSlice {
  /** A cause, a browser with its version, a network, a trunk. */
  readonly name: string;
  readonly calls: number;
  readonly failed: number;
  readonly degraded: number;
  readonly withoutAudio: number;
  readonly mos?: number;
}

/** Where calls fail, over a time. */
export interface Overview {
  readonly from: Millis;
  readonly until: Millis;
  readonly calls: number;
  readonly failed: number;
  readonly degraded: number;
  readonly answered: number;
  readonly withoutAudio: number;
  readonly mos?: number;
  /** Calls and failures over time, in equal steps. */
  readonly steps: readonly {
    readonly at: Millis;
    readonly calls: number;
    readonly failed: number;
    readonly degraded: number;
  }[];
  readonly byCause: readonly OverviewSlice[];
  readonly byBrowser: readonly OverviewSlice[];
  readonly byNetwork: readonly OverviewSlice[];
  readonly byTrunk: readonly OverviewSlice[];
  readonly gaps: readonly StoreGap[];
}
