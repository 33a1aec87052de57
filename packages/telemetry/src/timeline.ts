import type { Millis } from '@earshot/base';
import type { BrowserEvent } from './browser-event.js';
import type { GatewayEvent } from './gateway-event.js';
import type { LegKind, LegName } from './leg.js';
import type { RelayEvent } from './relay-event.js';
import type { Sample } from './sample.js';
import type { VerdictEvent } from './verdict.js';

/** Of everything in this package; a reader must refuse a greater one. Version 1 had neither samples nor verdicts. */
export const TELEMETRY_VERSION = 2;

/** One entry of a call's timeline. `at`: Unix time in ms by the gateway's clock. */
export type TimelineEntry =
  | { readonly at: Millis; readonly source: 'browser'; readonly leg: LegName; readonly event: BrowserEvent }
  | { readonly at: Millis; readonly source: 'gateway'; readonly event: GatewayEvent }
  | { readonly at: Millis; readonly source: 'relay'; readonly leg: LegName; readonly event: RelayEvent }
  /** What the diagnosis said while the call was running. */
  | { readonly at: Millis; readonly source: 'diagnosis'; readonly event: VerdictEvent };

/** How the times that a browser counted were placed on the gateway's clock: see `BrowserClock`. */
export interface ClockFacts {
  readonly leg: LegName;
  /** When the browser's count began, by the gateway's clock. */
  readonly askedAt: Millis;
  /** How far off that can be; unknown where nothing bounds it from below. */
  readonly withinMs?: number;
}

/**
 * Who watched. Files of other tools hold what one party saw; a rule that needs another one's view must not take its
 * silence for a fact.
 */
export type Vantage = 'browser' | 'gateway' | 'relay' | 'capture';

/** What happened on one call, in order of time. It holds addresses, but no numbers, names or digits. */
export interface CallTimeline {
  readonly version: typeof TELEMETRY_VERSION;
  readonly callId: string;
  readonly startedAt: Millis;
  readonly endedAt?: Millis;
  readonly caller: LegKind;
  /** Unknown while, and if no, callee was found. */
  readonly callee?: LegKind;
  /** Absent: browser (where a leg is one), gateway and relay. */
  readonly vantages?: readonly Vantage[];
  readonly clocks: readonly ClockFacts[];
  readonly entries: readonly TimelineEntry[];
  /** In order of time. */
  readonly samples: readonly Sample[];
  /** Entries that came after the limit and were left out. */
  readonly omitted: number;
  /** Samples that were left out or thrown away. */
  readonly omittedSamples: number;
}
