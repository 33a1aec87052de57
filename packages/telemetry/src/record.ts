import type { ErrorCode, Millis } from '@earshot/base';
import type { BrowserFacts } from './browser-event.js';
import type { TurnTransport } from './candidate.js';
import type { LegKind, LegName } from './leg.js';
import type { VerdictLayer, VerdictSide, VerdictWeight } from './verdict.js';

/** What the first verdict of a call comes to. */
export interface CauseFacts {
  readonly code: ErrorCode;
  readonly layer: VerdictLayer;
  readonly side: VerdictSide;
  readonly weight: VerdictWeight;
  readonly confidence: number;
}

/** One browser of a call, as lists and statistics need it. */
export interface BrowserLegFacts {
  readonly leg: LegName;
  readonly browser?: BrowserFacts;
  /** The last path of its media. */
  readonly via?: 'direct' | 'relay';
  readonly transport?: TurnTransport;
  readonly family?: 'ipv4' | 'ipv6';
  /** The network it came from, shortened: 198.51.100.0/24 or 2001:db8:1::/48. */
  readonly network?: string;
  /** Such as `wifi`. */
  readonly networkType?: string;
}

/** Quality of what one leg's listener was given: the mean and the worst 10 s of it, as MOS (1 to 4.5), narrowband or full. */
export interface QualityFacts {
  readonly leg: LegName;
  readonly mos: number;
  readonly worstMos: number;
  /** Of both figures: those of different scales cannot be compared. */
  readonly scale?: 'narrowband' | 'fullband';
}

/** The record of a call (CDR). One for each call that ended; never lost, never written twice. */
export interface CallRecord {
  /** Names this call for good, also where a call id is used again: start in ms and id, `1760000000000-0123abcd...`. */
  readonly key: string;
  readonly callId: string;
  readonly startedAt: Millis;
  readonly answeredAt?: Millis;
  /** Heard both ways. */
  readonly connectedAt?: Millis;
  readonly endedAt: Millis;
  readonly caller: LegKind;
  readonly callee?: LegKind;
  /** Names or numbers, as far as the privacy level allows. */
  readonly from?: string;
  readonly to?: string;
  readonly direction?: 'inbound' | 'outbound' | 'internal';
  readonly route?: string;
  readonly trunk?: string;
  readonly result: string;
  readonly by: string;
  readonly code?: ErrorCode;
  /** Absent: nothing was wrong. */
  readonly cause?: CauseFacts;
  readonly browsers: readonly BrowserLegFacts[];
  readonly quality: readonly QualityFacts[];
  /** Answered, and never heard both ways. */
  readonly withoutAudio: boolean;
  /** True: what came after the end (last samples, closing of relays) is not in it yet. */
  readonly provisional: boolean;
}

/** `1760000000000-0123abcd...` */
export const recordKey = (startedAt: Millis, callId: string): string => `${startedAt}-${callId}`;
