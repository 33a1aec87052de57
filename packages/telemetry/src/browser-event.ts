import type { CallState, ErrorCode } from '@earshot/base';
import type { CandidateFacts } from './candidate.js';

/** The program that shows the page, as far as it says. */
export interface BrowserFacts {
  /** Such as `Chromium`, `Firefox`, `Safari`; `unknown` where nothing is said. */
  readonly name: string;
  /** The major version. */
  readonly version: string;
  readonly os?: string;
  readonly mobile?: boolean;
}

/** What a browser knows of its network (Network Information API); all of it is a hint. */
export interface NetworkFacts {
  readonly online: boolean;
  /** Such as `wifi`, `cellular`, `ethernet`. */
  readonly type?: string;
  /** Such as `4g`. */
  readonly effectiveType?: string;
}

/** The audio section of a description, as far as it decides about sound (RFC 8866, RFC 3264). */
export interface AudioSection {
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  /** Names as in SDP, such as `opus`, `PCMA`, in order of preference. */
  readonly codecs: readonly string[];
  readonly telephoneEvents: boolean;
  /** Where media is to be sent to: of SIP legs. */
  readonly address?: string;
  readonly port?: number;
  /** RFC 4145, of DTLS. */
  readonly setup?: 'actpass' | 'active' | 'passive' | 'holdconn';
  /** Milliseconds of audio in a packet, where said. */
  readonly packetMs?: number;
}

/**
 * What the browser saw. `atMs` counts from the moment the call was asked for. Names follow the part of the browser that
 * says it.
 */
export type BrowserEvent = { readonly atMs: number } & (
  | {
      readonly type: 'client.info';
      readonly browser: BrowserFacts;
      readonly sdk: string;
      readonly network?: NetworkFacts;
      /** Unix time in ms by the browser's own clock: says how far off that is. */
      readonly clock?: number;
    }
  | { readonly type: 'client.network'; readonly network: NetworkFacts }
  /**
   * The page lifecycle: `frozen` and `thawed` where the browser says so, `leaving` when the page goes, `taken_up` when a
   * page that was loaded anew took the call up again.
   */
  | {
      readonly type: 'client.lifecycle';
      readonly state: 'visible' | 'hidden' | 'frozen' | 'thawed' | 'leaving' | 'restored' | 'taken_up';
    }
  /** A timer of the page came so much too late: it stood still, slept, or was very busy. */
  | { readonly type: 'client.stalled'; readonly lateMs: number }
  /** The signalling socket. `lost` carries the code of the close frame (RFC 6455 section 7.4), if one came. */
  | {
      readonly type: 'client.signaling';
      readonly state: 'lost' | 'resumed' | 'unreachable';
      readonly closeCode?: number;
    }
  /** Samples were thrown away, oldest first, since too much waited to be sent. */
  | { readonly type: 'client.shed'; readonly samples: number }
  /** The state of the call, as this browser was told. */
  | { readonly type: 'call.seen'; readonly state: CallState }
  /** A key was pressed; `sent`: whether the browser could send it as a telephone-event. Which key is nobody's business. */
  | { readonly type: 'call.key'; readonly sent: boolean }

  /** The browser is asked for the microphone. `permission`: what it said before, where it can be asked without a prompt. */
  | {
      readonly type: 'mic.asked';
      readonly permission?: 'granted' | 'denied' | 'prompt';
      readonly secure: boolean;
      /** False: the policy of the frame forbids it. */
      readonly allowedByPolicy?: boolean;
      /** Number of microphones listed. */
      readonly listed?: number;
      /** A microphone was asked for by its remembered id. */
      readonly byId?: boolean;
    }
  /** Still no answer: a prompt is open and nobody looks at it. */
  | { readonly type: 'mic.waiting'; readonly waitedMs: number }
  | {
      readonly type: 'mic.opened';
      readonly label?: string;
      readonly sampleRate?: number;
      readonly echoCancellation?: boolean;
      readonly noiseSuppression?: boolean;
      readonly autoGainControl?: boolean;
    }
  /** `name`, `message`: of the DOMException. */
  | { readonly type: 'mic.failed'; readonly code: ErrorCode; readonly name: string; readonly message?: string }
  /** `enabled` and `disabled` are the page's doing (mute); `muted`, `unmuted`, `ended` the browser's or the system's. */
  | {
      readonly type: 'mic.track';
      readonly state: 'enabled' | 'disabled' | 'muted' | 'unmuted' | 'ended' | 'replaced' | 'removed';
    }
  | { readonly type: 'mic.devices'; readonly inputs: number; readonly outputs: number }
  /** Another microphone, or the same one opened anew. `code`: of what made it necessary. */
  | {
      readonly type: 'mic.switched';
      readonly reason: 'asked' | 'default_changed' | 'recovered';
      readonly code?: ErrorCode;
      readonly label?: string;
    }
  /** What the browser sends follows the path. `ptimeMs`: of a packet; `red`: with the packets before. */
  | {
      readonly type: 'media.adapted';
      readonly bitrate: number;
      readonly ptimeMs: number;
      readonly fec: boolean;
      readonly red: boolean;
    }

  /** The element that plays the far end. `failed` names why: `playout.autoplay_blocked` or `playout.sink_failed`. */
  | {
      readonly type: 'playout.state';
      readonly state: 'playing' | 'paused' | 'failed' | 'muted' | 'unmuted' | 'detached';
      readonly code?: ErrorCode;
      readonly name?: string;
    }

  /** A description was set. */
  | {
      readonly type: 'sdp.set';
      readonly side: 'local' | 'remote';
      readonly kind: 'offer' | 'answer';
      readonly audio?: AudioSection;
      /** Candidates in it. */
      readonly candidates?: readonly CandidateFacts[];
    }
  /** The browser refused a description. `name`: of the DOMException. */
  | {
      readonly type: 'sdp.refused';
      readonly side: 'local' | 'remote';
      readonly name: string;
      readonly message?: string;
    }
  | { readonly type: 'dtls.connection'; readonly state: 'new' | 'connecting' | 'connected' | 'closed' | 'failed' }
  | { readonly type: 'ice.gathering'; readonly state: 'new' | 'gathering' | 'complete' }
  | { readonly type: 'ice.candidate'; readonly candidate: CandidateFacts }
  /** `errorCode`: of STUN (RFC 8489 section 14.8), or 701: the server was not reached. */
  | {
      readonly type: 'ice.candidate_error';
      readonly url: string;
      readonly errorCode: number;
      readonly errorText?: string;
      /** The browser's own address that was used. */
      readonly address?: string;
    }
  /** RTCPeerConnection.connectionState. */
  | {
      readonly type: 'ice.connection';
      readonly state: 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';
    }
  /** The candidate pair that carries the media from now on. */
  | {
      readonly type: 'ice.pair';
      readonly local: CandidateFacts;
      readonly remote: CandidateFacts;
      readonly roundTripMs?: number;
    }
  /** A restart, or the first attempt: which policy it used and why it came. */
  | {
      readonly type: 'ice.attempt';
      readonly policy: 'all' | 'relay';
      readonly reason: 'start' | 'media-lost' | 'network-changed' | 'asked' | 'credentials' | 'relay-only';
      /** With credentials that the gateway gave before: nobody had to be asked. */
      readonly spare?: boolean;
    }
);
