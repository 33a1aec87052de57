import type { CallState, ErrorCode, Millis, TransportAddress } from '@earshot/base';
import type { LegName } from './leg.js';

/** What the gateway saw of a call. */
export type GatewayEvent =
  | {
      readonly type: 'call.state';
      readonly state: CallState;
      /** With `answered`: the hops on which no audio was confirmed yet. */
      readonly waitingFor?: readonly string[];
      /** With `reconnecting`: whose media path is lost. */
      readonly side?: LegName;
    }
  /** Also of a call that was refused before it had legs. */
  | { readonly type: 'call.ended'; readonly result: string; readonly by: string; readonly code?: ErrorCode }
  | { readonly type: 'leg.failed'; readonly leg: LegName; readonly code: ErrorCode }
  /** The signalling connection of a browser. */
  | { readonly type: 'leg.signaling'; readonly leg: LegName; readonly state: 'lost' | 'resumed' | 'gone' }
  /** Which servers and which policy the browser had for this call. */
  | {
      readonly type: 'ice.settings';
      readonly leg: LegName;
      readonly policy: 'all' | 'relay' | 'auto';
      readonly urls: readonly string[];
    }
  /** The addresses that the browser was told to reach this gateway by. */
  | { readonly type: 'ice.advertised'; readonly leg: LegName; readonly candidates: readonly TransportAddress[] }
  /** A further generation of credentials: the browser restarts ICE. */
  | { readonly type: 'ice.restart'; readonly leg: LegName }
  /** Connectivity checks with one outcome from one address. The entry stands where the first came. */
  | {
      readonly type: 'ice.check';
      readonly leg: LegName;
      readonly outcome: string;
      readonly from: TransportAddress;
      /** The address of ours that they came to. */
      readonly local?: TransportAddress;
      /** At least so many: counted at each doubling. */
      readonly count: number;
      /** When the last that was counted came. */
      readonly until: Millis;
    }
  | {
      readonly type: 'ice.state';
      readonly leg: LegName;
      readonly state: 'checking' | 'connected' | 'lost';
      readonly remote?: TransportAddress;
      /** Our end of the path; behind 1:1 NAT, the inner address. */
      readonly local?: TransportAddress;
    }
  /** The browser has had its answer for so long and has no secured media path: `code` names what is missing. */
  | { readonly type: 'leg.silence'; readonly leg: LegName; readonly code: ErrorCode; readonly afterMs: number }
  | {
      readonly type: 'dtls.flight';
      readonly leg: LegName;
      readonly direction: 'in' | 'out';
      readonly flight: number;
      readonly bytes: number;
      readonly retransmission: boolean;
    }
  /** A part of a flight came, and the rest had not yet. */
  | {
      readonly type: 'dtls.partial_flight';
      readonly leg: LegName;
      readonly flight: number;
      readonly bytes: number;
    }
  | { readonly type: 'dtls.alert'; readonly leg: LegName; readonly level: string; readonly description: number }
  | {
      readonly type: 'dtls.state';
      readonly leg: LegName;
      readonly state: 'connected' | 'closed';
      readonly profile?: string;
      readonly durationMs?: number;
    }
  /** First media from a leg, or what its remote says about ours. */
  | { readonly type: 'media.received'; readonly leg: LegName }
  | {
      readonly type: 'media.delivered';
      readonly leg: LegName;
      readonly evidence: 'reported' | 'presumed' | 'denied';
    };
