import type { Crypto, Fault, Millis, TransportAddress } from '@earshot/base';
import type { SipCredentials } from '../auth/authenticator.js';
import type { SipTimers } from '../transaction/timers.js';
import type { SipFlow } from '../transport/flow.js';

export type { SipCredentials } from '../auth/authenticator.js';
export type { SipFlow } from '../transport/flow.js';

export interface SipAgentOptions {
  readonly crypto: Crypto;
  /** For User-Agent and Server. */
  readonly userAgent: string;
  /** The host (an address or a name) and port that Via and Contact advertise on a flow. */
  readonly contactFor: (flow: SipFlow) => TransportAddress;
  readonly timers?: Partial<SipTimers>;
  /** Transactions held at once; beyond it a request outside a dialog is answered 503. Default 4096. */
  readonly maxTransactions?: number;
  /** Legs held at once; beyond it an INVITE is answered 503. Default 1024. */
  readonly maxLegs?: number;
}

/** Who calls or is called. `uri` is a whole URI such as `sip:echo@192.0.2.1`. */
export interface SipParty {
  readonly uri: string;
  readonly displayName?: string;
}

/** Headers beyond those the agent writes; control characters in values are printed as spaces. */
export type ExtraHeaders = Readonly<Record<string, string>>;

export type SipInput =
  | { readonly type: 'receive'; readonly now: Millis; readonly flow: SipFlow; readonly bytes: Uint8Array }
  | { readonly type: 'timeout'; readonly now: Millis }
  /** What was sent on this flow could not be (ICMP unreachable, connection lost). */
  | { readonly type: 'transport-error'; readonly now: Millis; readonly flow: SipFlow; readonly reason: string }
  | {
      readonly type: 'invite';
      readonly now: Millis;
      /** Chosen by the caller of this function; unique among the agent's legs. */
      readonly legId: string;
      /** The Request-URI. */
      readonly uri: string;
      readonly from: SipParty;
      /** Default: the Request-URI. */
      readonly to?: SipParty;
      readonly flow: SipFlow;
      /** The offer. */
      readonly sdp: string;
      readonly headers?: ExtraHeaders;
      readonly credentials?: SipCredentials;
      /** Our half of Session-ID (RFC 7989): 32 lower-case hexadecimal digits. */
      readonly sessionId?: string;
      /** Default 70; a B2BUA passes what it received less one (RFC 7332). */
      readonly maxForwards?: number;
    }
  | {
      readonly type: 'ring';
      readonly now: Millis;
      readonly legId: string;
      readonly status: 180 | 181 | 182 | 183;
      readonly sdp?: string;
    }
  /** 200 to the INVITE of an incoming leg. */
  | { readonly type: 'answer'; readonly now: Millis; readonly legId: string; readonly sdp: string }
  /** A final answer of 300 to 699 to the INVITE of an incoming leg. */
  | {
      readonly type: 'reject';
      readonly now: Millis;
      readonly legId: string;
      readonly status: number;
      readonly reason?: string;
      readonly headers?: ExtraHeaders;
    }
  /** Answers the event `reinvite`: 200 with `sdp`, or `status` (488 when neither is given). */
  | {
      readonly type: 'reinvite-answer';
      readonly now: Millis;
      readonly legId: string;
      readonly sdp?: string;
      readonly status?: number;
    }
  /** CANCEL, BYE or a final response, whatever the state asks for. Harmless for a leg that is gone. */
  | {
      readonly type: 'hangup';
      readonly now: Millis;
      readonly legId: string;
      /** The value of a Reason header (RFC 3326), such as `Q.850;cause=16`. */
      readonly reasonHeader?: string;
    }
  /** Asks whether a peer is alive; answered by the event `options`. */
  | {
      readonly type: 'options';
      readonly now: Millis;
      readonly id: string;
      readonly uri: string;
      readonly flow: SipFlow;
    }
  /** One DTMF digit as INFO application/dtmf-relay. */
  | {
      readonly type: 'info';
      readonly now: Millis;
      readonly legId: string;
      readonly digit: string;
      readonly durationMs: number;
    };

export type SipOutput =
  | { readonly type: 'send'; readonly flow: SipFlow; readonly bytes: Uint8Array }
  | { readonly type: 'event'; readonly event: SipEvent };

/** What an incoming INVITE says about itself. Users and names are personal data: do not log them as they are. */
export interface IncomingRequest {
  /** The Request-URI; `user` without escapes. */
  readonly uri: { readonly text: string; readonly user?: string; readonly host: string };
  readonly from: { readonly uri: string; readonly user?: string; readonly displayName?: string };
  readonly to: { readonly uri: string; readonly user?: string; readonly displayName?: string };
  readonly callId: string;
  /** The caller's half of Session-ID (RFC 7989). */
  readonly sessionId?: string;
  readonly maxForwards: number;
  /** Header fields in their order, names in their usual spelling. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** One message on the wire, for the ladder of a call. */
export interface MessageSummary {
  /** Of the request, also in a response. */
  readonly method: string;
  /** In responses. */
  readonly status?: number;
  readonly reason?: string;
  readonly callId: string;
  readonly cseq: number;
  /** The session description it carries. */
  readonly sdp?: string;
  /** The same message was on the wire before. */
  readonly retransmission: boolean;
  /** Its Reason (RFC 3326) and Warning (RFC 3261 section 20.43). */
  readonly reasonHeader?: string;
  readonly warning?: string;
  /** User-Agent of a request, Server of a response. */
  readonly agent?: string;
}

/**
 * Each leg ends with exactly one of `failed` (an outgoing leg that was not answered), `cancelled` (an incoming leg its
 * caller gave up), or `ended` (all else). The leg id means nothing to the agent afterwards.
 */
export type SipEvent =
  | {
      readonly type: 'incoming';
      /** 32 hexadecimal digits; also our half of the Session-ID in what this leg sends. */
      readonly legId: string;
      readonly request: IncomingRequest;
      readonly sdp?: string;
      readonly flow: SipFlow;
    }
  /** 101 to 199. `toTag` tells forks apart; a fork without a tag (no dialog) has ''. */
  | {
      readonly type: 'progress';
      readonly legId: string;
      readonly status: number;
      readonly reason: string;
      readonly sdp?: string;
      readonly toTag: string;
    }
  /** Our INVITE was accepted. `sdp`: of the 200, or else of the same fork's early answer. */
  | { readonly type: 'answered'; readonly legId: string; readonly sdp?: string; readonly toTag: string }
  /** The ACK to our 200 came. `sdp`: the answer, when the INVITE brought no offer. */
  | { readonly type: 'confirmed'; readonly legId: string; readonly sdp?: string }
  /**
   * An outgoing leg came to nothing. `local`: decided here (no response in time, not sent, cancelled by `hangup`)
   * and not by a final status of the far end.
   */
  | {
      readonly type: 'failed';
      readonly legId: string;
      readonly fault: Fault;
      readonly status?: number;
      readonly reason?: string;
      readonly reasonHeader?: string;
      readonly local: boolean;
    }
  | {
      readonly type: 'ended';
      readonly legId: string;
      readonly by: 'remote' | 'local';
      readonly fault?: Fault;
      readonly reasonHeader?: string;
    }
  | { readonly type: 'cancelled'; readonly legId: string; readonly reasonHeader?: string }
  | { readonly type: 'dtmf'; readonly legId: string; readonly digit: string; readonly durationMs: number }
  /**
   * The far end changes the session. `needsAnswer`: give `reinvite-answer`; otherwise it was the answer to an offer
   * the agent repeated, and only tells what holds now.
   */
  | { readonly type: 'reinvite'; readonly legId: string; readonly sdp: string; readonly needsAnswer: boolean }
  /** The answer to `options`: a status of any kind proves life; none means the fault says why. */
  | { readonly type: 'options'; readonly id: string; readonly status?: number; readonly fault?: Fault }
  /** Bytes that are no SIP message. */
  | { readonly type: 'bad-message'; readonly flow: SipFlow; readonly fault: Fault }
  | {
      readonly type: 'message';
      readonly direction: 'in' | 'out';
      readonly flow: SipFlow;
      readonly summary: MessageSummary;
      /** As on the wire; holds personal data. */
      readonly bytes: Uint8Array;
      readonly legId?: string;
    };
