import type { Millis } from '@earshot/base';
import type { BrowserEvent } from './browser-event.js';
import type { GatewayEvent } from './gateway-event.js';
import type { RelayEvent } from './relay-event.js';

/** Of everything in this package; a reader must refuse a greater one. */
export const TELEMETRY_VERSION = 1;

/** One entry of a call's timeline. `at`: Unix time in ms by the gateway's clock. */
export type TimelineEntry =
  | { readonly at: Millis; readonly source: 'browser'; readonly event: BrowserEvent }
  | { readonly at: Millis; readonly source: 'gateway'; readonly event: GatewayEvent }
  | { readonly at: Millis; readonly source: 'relay'; readonly event: RelayEvent };

/** What happened on one call, in order of time. */
export interface CallTimeline {
  readonly version: typeof TELEMETRY_VERSION;
  readonly callId: string;
  readonly startedAt: Millis;
  readonly endedAt?: Millis;
  readonly entries: readonly TimelineEntry[];
  /** Entries that came after the limit and were left out. */
  readonly omitted: number;
}
