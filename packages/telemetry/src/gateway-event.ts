import type { CallState, ErrorCode, Millis, TransportAddress } from '@earshot/base';
import type { AudioSection } from './browser-event.js';
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
  /** What call control knows of the call besides its parties: by which route and trunk it goes. */
  | {
      readonly type: 'call.route';
      readonly direction: 'inbound' | 'outbound' | 'internal';
      /** The pattern of the route, or the name of a built-in line. */
      readonly route?: string;
      readonly trunk?: string;
    }
  /** Both legs have their codecs: whether audio passes as it is, or is transcoded. */
  | {
      readonly type: 'call.codecs';
      readonly mode: 'pass-through' | 'transcode';
      readonly caller: string;
      readonly callee: string;
    }
  /** Also of a call that was refused before it had legs. */
  | { readonly type: 'call.ended'; readonly result: string; readonly by: string; readonly code?: ErrorCode }
  /** `status`: of SIP, where the far end sent one. */
  | {
      readonly type: 'leg.failed';
      readonly leg: LegName;
      readonly code: ErrorCode;
      readonly status?: number;
      readonly detail?: string;
    }
  /** Somebody hung up, or let go. `reason`: the Reason header (RFC 3326), where one came. */
  | {
      readonly type: 'leg.ended';
      readonly leg: LegName;
      readonly by: 'local' | 'remote';
      readonly reason?: string;
      readonly code?: ErrorCode;
    }
  /** A SIP message of a leg, as it passed the socket. */
  | {
      readonly type: 'sip.message';
      readonly leg: LegName;
      readonly direction: 'in' | 'out';
      /** Of a request; of a response, that of its request. */
      readonly method: string;
      readonly status?: number;
      readonly phrase?: string;
      readonly cseq: number;
      readonly retransmission: boolean;
      readonly bytes: number;
      readonly remote?: TransportAddress;
      /** Reason and Warning headers, and what the far end says it is. */
      readonly reason?: string;
      readonly agent?: string;
      readonly audio?: AudioSection;
    }
  /** A description of a leg, as it was offered or answered: `remote` is the leg's. */
  | {
      readonly type: 'sdp.set';
      readonly leg: LegName;
      readonly side: 'local' | 'remote';
      readonly kind: 'offer' | 'answer';
      readonly audio?: AudioSection;
    }
  /** A digit came from this leg, and whether the other one agreed to telephone-events. Which digit is nobody's business. */
  | { readonly type: 'dtmf.relayed'; readonly leg: LegName; readonly delivered: boolean }
  /** Media of a leg comes from elsewhere than before. */
  | { readonly type: 'media.moved'; readonly leg: LegName; readonly remote: TransportAddress }
  /** The gateway itself stood still for so long: figures of this time say little. */
  | { readonly type: 'gateway.stalled'; readonly lateMs: number }
  /**
   * The signalling connection of a browser. `quiet`: its page says nothing, and the browser answers a ping; `silent`: a
   * ping is not answered either; `heard`: the page speaks again. With these three: how long nothing was said.
   */
  | {
      readonly type: 'leg.signaling';
      readonly leg: LegName;
      readonly state: 'lost' | 'resumed' | 'gone' | 'quiet' | 'silent' | 'heard';
      readonly quietMs?: number;
    }
  /**
   * What carries this leg is another from here on, and the other leg never hears of it: its page was loaded anew
   * (`rejoined`), or the call went on at the user's own phone (`moved_to_phone`).
   */
  | { readonly type: 'leg.replaced'; readonly leg: LegName; readonly reason: 'rejoined' | 'moved_to_phone' }
  /** The user's own phone is called, because the browser of this leg cannot be heard. `asked`: the user wished it. */
  | {
      readonly type: 'leg.callback';
      readonly leg: LegName;
      readonly state: 'calling' | 'ringing' | 'joined' | 'failed' | 'cancelled';
      readonly asked?: boolean;
      readonly code?: ErrorCode;
    }
  /** A page that waits for calls did not show that it is awake, and was not rung; the call goes on to the next. */
  | { readonly type: 'call.passed_over'; readonly reason: 'asleep' }
  /** What the gateway sends to a browser follows the path. `ptimeMs`: of a packet; `red`: with the packets before. */
  | {
      readonly type: 'media.adapted';
      readonly leg: LegName;
      readonly bitrate: number;
      readonly ptimeMs: number;
      readonly fec: boolean;
      readonly red: boolean;
    }
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
