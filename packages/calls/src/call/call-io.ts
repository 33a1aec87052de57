import type { CallState, Fault, Fingerprint, Millis, RandomBytes, TransportAddress } from '@earshot/base';
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
  /** The signalling of a browser leg. `gone`: the page has left for good. */
  | {
      readonly type: 'leg.connection';
      readonly now: Millis;
      readonly legId: string;
      readonly state: 'lost' | 'resumed' | 'gone';
    }
  /** `nextTimeout` has come. */
  | { readonly type: 'timeout'; readonly now: Millis };

export type CallOutput =
  | { readonly type: 'media'; readonly command: MediaCommand }
  /** The answer to an offer: to the calling browser at once, so that ICE and DTLS complete while it rings, and to every offer in mid-call. */
  | { readonly type: 'leg.describe'; readonly legId: string; readonly sdp: string }
  /** An offer in mid-call cannot be taken; the leg goes on as it was (SIP: 488). */
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
      /** With `reconnecting`: whose media path is lost. */
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
