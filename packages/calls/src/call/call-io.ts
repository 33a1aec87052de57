import type {
  CallState,
  Fault,
  Fingerprint,
  IceCredentials,
  Millis,
  RandomBytes,
  TransportAddress,
} from '@earshot/base';
import type { MediaCommand, MediaEvent } from '../media.js';
import type { CodecPolicy, LegKind } from '../offer-answer/codec-policy.js';
import type { Ending } from './endings.js';
import type { Hop, Side } from './hops.js';

export interface CallOptions {
  readonly callId: string;
  readonly random: RandomBytes;
  readonly local: CallLocal;
  readonly policy: CallPolicy;
}

/** What this system says about itself in SDP. */
export interface CallLocal {
  /** Of the DTLS certificate of the media worker that serves this call. */
  readonly fingerprint: Fingerprint;
  /** Where browsers reach that worker, best first; at least one. */
  readonly candidates: readonly TransportAddress[];
  /** The IP address that SIP peers send RTP to; the port is the one of `rtp.opened`. */
  readonly sipAdvertisedAddress: string;
}

export interface CallPolicy {
  readonly codec: CodecPolicy;
  /** Whether Opus may be spoken on SIP legs. Default: no. */
  readonly sipOpus?: boolean;
  /** From the start of the call to its answer, in ms. Default 60 000. */
  readonly ringTimeoutMs?: number;
  /** From the answer until RTP must be confirmed both ways, in ms; then the call ends with a fault. Default 30 000. */
  readonly mediaTimeoutMs?: number;
  /** How long a browser may be without signalling, or without a media path, in ms. Default 30 000. */
  readonly clientGraceMs?: number;
  /** How long a page that said it goes may take until it is back, in ms. Default 10 000. */
  readonly reloadMs?: number;
  /**
   * After how long without media and without an answer at its signalling a browser's user may be called back on a phone,
   * in ms. Undefined: only when asked.
   */
  readonly callBackAfterMs?: number;
  /** How long that phone may ring, in ms. Default 30 000. */
  readonly callBackRingMs?: number;
}

export interface CallerDescription {
  readonly legId: string;
  readonly kind: LegKind;
  readonly offerSdp: string;
  /** For the callee's screen; goes through unchanged. */
  readonly displayName?: string;
  readonly uri?: string;
}

export interface CalleeDescription {
  readonly legId: string;
  readonly kind: LegKind;
  /** Opaque to the call: a SIP URI, a browser session. It comes back in `leg.invite`. */
  readonly target: string;
}

export type CallInput =
  | {
      readonly type: 'start';
      readonly now: Millis;
      readonly caller: CallerDescription;
      readonly callee: CalleeDescription;
    }
  | { readonly type: 'media'; readonly now: Millis; readonly event: MediaEvent }
  /** A provisional answer of the callee, with SDP when it has early media. */
  | {
      readonly type: 'leg.progress';
      readonly now: Millis;
      readonly legId: string;
      readonly status: number;
      readonly sdp?: string;
    }
  /** The callee answered. `sdp` may be absent where a provisional answer carried it (RFC 3261 section 13.2.1). */
  | { readonly type: 'leg.answered'; readonly now: Millis; readonly legId: string; readonly sdp?: string }
  /** The leg came to nothing or broke: a final SIP status, a timeout, a browser that declines (`sip.declined`). */
  | {
      readonly type: 'leg.failed';
      readonly now: Millis;
      readonly legId: string;
      readonly fault: Fault;
      readonly status?: number;
    }
  /** The remote of this leg hung up or cancelled. */
  | { readonly type: 'leg.ended'; readonly now: Millis; readonly legId: string; readonly fault?: Fault }
  /** An offer in mid-call: an ICE restart from a browser, a re-INVITE from a SIP peer. */
  | {
      readonly type: 'leg.description';
      readonly now: Millis;
      readonly legId: string;
      readonly sdp: string;
      /** A browser's: no path so far carries media, so that their checks are refused from now on. */
      readonly abandons?: boolean;
    }
  /** The browser of this leg has restarted ICE with the credentials of `leg.spare`, which need no answer. `sdp`: its offer. */
  | { readonly type: 'leg.restarted'; readonly now: Millis; readonly legId: string; readonly sdp: string }
  /** The browser of this leg reports that bytes of audio arrive. */
  | { readonly type: 'leg.receiving'; readonly now: Millis; readonly legId: string }
  /** The browser of this leg has found a candidate of this type (RFC 8445 section 5.1.1). */
  | {
      readonly type: 'leg.gathered';
      readonly now: Millis;
      readonly legId: string;
      readonly candidate: 'host' | 'srflx' | 'prflx' | 'relay';
    }
  /** The addresses that browsers reach the media worker by are others now: descriptions from here on say these. */
  | { readonly type: 'local.candidates'; readonly now: Millis; readonly candidates: readonly TransportAddress[] }
  /**
   * The signalling of a browser leg. `silent`: it stands, but since `since` nobody answered there. `leaving`: the page
   * goes, and may be back in a moment. `gone`: it has left for good; `byWish`: it said so.
   */
  | {
      readonly type: 'leg.connection';
      readonly now: Millis;
      readonly legId: string;
      readonly state: 'lost' | 'silent' | 'resumed' | 'leaving' | 'gone';
      readonly since?: Millis;
      readonly byWish?: boolean;
    }
  /** No media came from this browser leg since `since`, though it did before; `leg.heard`: it comes again. */
  | { readonly type: 'leg.unheard'; readonly now: Millis; readonly legId: string; readonly since: Millis }
  | { readonly type: 'leg.heard'; readonly now: Millis; readonly legId: string }
  /**
   * The page of this leg was loaded anew and offers a new RTCPeerConnection: leg `newLegId`, an id that the call never
   * had, takes the place of the old one, and the other leg never hears of it.
   */
  | {
      readonly type: 'leg.rejoin';
      readonly now: Millis;
      readonly legId: string;
      readonly newLegId: string;
      readonly sdp: string;
    }
  /** The user of this browser leg is called on a phone, which takes the leg's place when it answers. */
  | {
      readonly type: 'leg.callback';
      readonly now: Millis;
      readonly legId: string;
      readonly phone: PhoneDescription;
      /** The user asked for it. */
      readonly asked: boolean;
    }
  /** `nextTimeout` has come. */
  | { readonly type: 'timeout'; readonly now: Millis };

/** A phone to call in place of a browser. */
export interface PhoneDescription {
  /** An id that the call never had. */
  readonly legId: string;
  /** As of `CalleeDescription`. */
  readonly target: string;
  /** The address that it sends RTP to, where that is not the one of the other SIP leg. */
  readonly advertisedAddress?: string;
  /** What the phone shows: the far end of the call. */
  readonly displayName?: string;
  readonly uri?: string;
}

export type CallOutput =
  | { readonly type: 'media'; readonly command: MediaCommand }
  /** The answer to an offer: to the calling browser at once, so that ICE and DTLS complete while it rings, and to every offer in mid-call. */
  | { readonly type: 'leg.describe'; readonly legId: string; readonly sdp: string }
  /** Checks for these credentials are answered already: for the next restart of a browser's, which need not wait for us. */
  | { readonly type: 'leg.spare'; readonly legId: string; readonly ice: IceCredentials }
  /** A request in mid-call cannot be granted; the leg goes on as it was (SIP: 488). */
  | { readonly type: 'leg.refuse'; readonly legId: string; readonly fault: Fault }
  | {
      readonly type: 'leg.invite';
      readonly legId: string;
      readonly kind: LegKind;
      readonly target: string;
      readonly sdp: string;
      readonly displayName?: string;
      readonly uri?: string;
    }
  /** What carries this side of the call is another leg from here on; the old one is not spoken of any more. */
  | {
      readonly type: 'leg.replaced';
      readonly legId: string;
      readonly newLegId: string;
      readonly reason: 'rejoined' | 'moved_to_phone';
    }
  /** The browser of this leg cannot be heard: its user may be called back (`leg.callback`), where a number is known. */
  | { readonly type: 'leg.callback_due'; readonly legId: string }
  /** How the call to the phone of this leg's user goes. After `joined` follows `leg.replaced`. */
  | {
      readonly type: 'leg.callback';
      readonly legId: string;
      readonly state: 'calling' | 'ringing' | 'joined' | 'failed' | 'cancelled';
      readonly asked: boolean;
      readonly fault?: Fault;
    }
  | { readonly type: 'leg.ring'; readonly legId: string; readonly status: number; readonly sdp?: string }
  /** The callee answered. For a browser, `sdp` repeats the text of its last `leg.describe`. */
  | { readonly type: 'leg.answer'; readonly legId: string; readonly sdp: string }
  /** The caller's attempt fails with this SIP status (400 to 699). */
  | { readonly type: 'leg.reject'; readonly legId: string; readonly fault: Fault; readonly status: number }
  /** Ends a leg, whatever it is doing: CANCEL or BYE for SIP. A late answer of that leg is the shell's to end again. */
  | { readonly type: 'leg.hangup'; readonly legId: string; readonly fault?: Fault }
  /**
   * Evidence for diagnosis: a browser has had its answer for `afterMs` and has no secured media path. `fault` names what
   * is missing: `ice.udp_blocked`, `ice.nat_needs_relay`, `ice.credential_mismatch`, `dtls.blackholed`, `dtls.mtu_drop`,
   * `dtls.timeout`. The call goes on; said once for each description that was answered.
   */
  | { readonly type: 'leg.silence'; readonly legId: string; readonly fault: Fault; readonly afterMs: Millis }
  /** A digit was pressed on the other side; audio carries it too where telephone-event was negotiated. */
  | { readonly type: 'leg.dtmf'; readonly legId: string; readonly digit: string; readonly durationMs: number }
  | {
      readonly type: 'state';
      readonly state: CallState;
      /** With `answered`: the hops that no RTP was confirmed on yet. */
      readonly waitingFor?: readonly Hop[];
      /** With `reconnecting`: whose media path is lost. With `held`: who holds. */
      readonly side?: Side;
    }
  | CallEnded;

/** The last output of a call. */
export interface CallEnded extends Ending {
  readonly type: 'ended';
  readonly fault?: Fault;
  readonly by: Side | 'gateway';
  /** Hops that were not confirmed when an answered call ended. */
  readonly unheard?: readonly Hop[];
}
