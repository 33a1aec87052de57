import type { CallState, Fault } from '@earshot/base';
import type { BrowserEvent, BrowserSample } from '@earshot/telemetry';
import type { IceSettings } from './frames.js';

/**
 * What browser and gateway say to each other once a session stands. All of it is reliable: in order, exactly once,
 * across lost connections. Times are in ms; a call id is 32 lower-case hexadecimal digits (RFC 7989).
 */
export type CallId = string;

/** up: what the browser says reaches the far end; down: what the far end says reaches the browser. */
export type MediaDirection = 'up' | 'down';

export type CallResult =
  /** It was answered, and somebody hung up. */
  | 'completed'
  /** The caller hung up before an answer. */
  | 'cancelled'
  | 'busy'
  | 'declined'
  | 'unanswered'
  /** The fault says why. */
  | 'failed';

/** Who ended a call: the browser of this session, the other party, or the gateway. */
export type EndedBy = 'browser' | 'far-end' | 'gateway';

export type ClientMessage =
  /** Starts a call under an id that the browser makes up. `sdp`: an offer. Refused by `call.ended` with a fault. */
  | {
      readonly type: 'call.start';
      readonly callId: CallId;
      /** A line name, a number or a SIP address. */
      readonly to: string;
      readonly sdp: string;
      readonly displayName?: string;
    }
  /** Takes an incoming call. `sdp`: the answer. */
  | { readonly type: 'call.accept'; readonly callId: CallId; readonly sdp: string }
  | { readonly type: 'call.reject'; readonly callId: CallId; readonly reason?: 'busy' | 'declined' }
  | { readonly type: 'call.hangup'; readonly callId: CallId }
  /** A new description in mid-call: an offer to restart ICE (RFC 8839 section 4.4), or the answer to one. */
  | {
      readonly type: 'call.description';
      readonly callId: CallId;
      readonly kind: 'offer' | 'answer';
      readonly sdp: string;
      /**
       * With an offer: no path so far carries media, though its checks may be answered. The gateway refuses them from
       * now on, since browsers prefer a direct path that answers to a relay that carries.
       */
      readonly abandons?: boolean;
    }
  /** Audio bytes from the gateway arrive at the browser: half of the proof that the call is heard. */
  | { readonly type: 'call.receiving'; readonly callId: CallId }
  /** Small facts that only the browser sees, for the timeline of the call. */
  | { readonly type: 'call.report'; readonly callId: CallId; readonly report: CallReport }
  /** What the browser saw and measured, in batches, for the timeline of the call. */
  | {
      readonly type: 'call.evidence';
      readonly callId: CallId;
      readonly events: readonly BrowserEvent[];
      readonly samples?: readonly BrowserSample[];
      /** When this was sent, on the clock of the events: it places them on the gateway's. */
      readonly sentMs?: number;
    }
  /**
   * A call that the user asked for and that never came to `call.start`: no microphone, no candidates. Its evidence came
   * before, or follows, under the same id.
   */
  | {
      readonly type: 'call.abandoned';
      readonly callId: CallId;
      readonly to: string;
      readonly fault?: Fault;
    }
  /** Waits for incoming calls, or stops to. A new session does not wait. */
  | {
      readonly type: 'presence.set';
      readonly available: boolean;
      /** Somebody looks at this page: of several pages of one name it is rung first. */
      readonly visible?: boolean;
    }
  /**
   * A page that was loaded anew takes a call of its session up again (see `welcome.calls`). `sdp`: an offer of a new
   * RTCPeerConnection. Answered by `call.answer`; the far end hears comfort noise until then, and nothing else of it.
   */
  | { readonly type: 'call.rejoin'; readonly callId: CallId; readonly sdp: string }
  /**
   * ICE was restarted with the credentials of `call.spare`: no answer is needed, since the checks are answered already.
   * `sdp`: the browser's offer, for the record. Answered by the next `call.spare`.
   */
  | { readonly type: 'call.restarted'; readonly callId: CallId; readonly sdp: string; readonly abandons?: boolean }
  /** Where the gateway may call this user when the browser cannot be heard any more; without a number: nowhere. */
  | { readonly type: 'call.fallback'; readonly callId: CallId; readonly number?: string }
  /** Call me back now, at that number or the one of `call.fallback`; refused by `call.refused`. */
  | { readonly type: 'call.callback'; readonly callId: CallId; readonly number?: string };

/** Milliseconds count from the moment the call was asked for. */
export interface CallReport {
  readonly microphoneMs?: number;
  readonly offerMs?: number;
  readonly answerMs?: number;
  readonly mediaPathMs?: number;
  readonly firstAudioMs?: number;
  readonly codec?: string;
  readonly candidateType?: string;
  readonly protocol?: string;
  readonly roundTripMs?: number;
  readonly fault?: Fault;
}

export type ServerMessage =
  /** The answer to the offer of `call.start`. It comes as early as it can, so that the path is built while it rings. */
  | { readonly type: 'call.answer'; readonly callId: CallId; readonly sdp: string }
  /** Somebody calls. `sdp`: an offer. */
  | { readonly type: 'call.incoming'; readonly callId: CallId; readonly from: Party; readonly sdp: string }
  /** The answer to a restart, or an offer of the gateway's own. When two offers cross, the browser gives way. */
  | {
      readonly type: 'call.description';
      readonly callId: CallId;
      readonly kind: 'offer' | 'answer';
      readonly sdp: string;
    }
  /** `ended` is followed by `call.ended`, which says why: for a client the call is over with that one. */
  | {
      readonly type: 'call.state';
      readonly callId: CallId;
      readonly state: CallState;
      /** The gateway's clock when the state was entered. */
      readonly at: number;
      /** In `answered` and `reconnecting`: the directions that are not confirmed yet. */
      readonly waitingFor?: readonly MediaDirection[];
      /** How long from now until the gateway gives up. A duration, since the two clocks need not agree. */
      readonly givesUpInMs?: number;
    }
  /** The far end pressed a key. */
  | { readonly type: 'call.dtmf'; readonly callId: CallId; readonly digit: string; readonly durationMs: number }
  | {
      readonly type: 'call.ended';
      readonly callId: CallId;
      readonly result: CallResult;
      readonly by: EndedBy;
      readonly fault?: Fault;
    }
  /** One request about a call was refused; the call itself, if there is one, goes on. */
  | {
      readonly type: 'call.refused';
      readonly callId: CallId;
      readonly request: ClientMessage['type'];
      readonly fault: Fault;
    }
  /** Servers and credentials for what comes next: later calls, and restarts of running ones. */
  | {
      readonly type: 'session.ice';
      readonly ice: IceSettings;
      /**
       * The credentials before are refused from now on, though they have not expired: their secret was dropped. Calls
       * on a relay move to a fresh allocation at once, while the one they have still lasts.
       */
      readonly replaces?: boolean;
    }
  /** The gateway's figures, about once a second. */
  | {
      readonly type: 'call.stats';
      readonly callId: CallId;
      readonly far: LegFigures;
      readonly near?: LegFigures;
      readonly quality?: Quality;
      /** How the browser is to send, as far as it can; absent: as it does by itself. */
      readonly sending?: Sending;
    }
  /**
   * Credentials of the gateway's for the next ICE restart (RFC 8839 section 5.4), which it answers checks for already: the
   * browser can restart without asking, also while this connection is lost. Good for one restart.
   */
  | { readonly type: 'call.spare'; readonly callId: CallId; readonly ufrag: string; readonly pwd: string }
  /**
   * The gateway calls the user's own phone, because the browser cannot be heard. `joined`: the call goes on there, and
   * `call.ended` with `call.moved_to_phone` follows. `cancelled`: the browser was heard again before anybody answered.
   */
  | {
      readonly type: 'call.callback';
      readonly callId: CallId;
      readonly state: 'calling' | 'ringing' | 'joined' | 'failed' | 'cancelled';
      readonly fault?: Fault;
    };

/** How good each direction sounds over the last seconds, as MOS (1 to 4.5): what the far end hears, what the browser hears. */
export interface Quality {
  readonly up?: number;
  readonly down?: number;
  /** To whoever hears it worse. It does not flicker. */
  readonly level: QualityLevel;
}

/** `good` is as a call should be, `bad` is hard to follow. */
export type QualityLevel = 'good' | 'fair' | 'poor' | 'bad';

/** How Opus is sent. */
export interface Sending {
  /** bit/s. */
  readonly bitrate: number;
  /** Of a packet. */
  readonly ptimeMs: number;
  /** With the packets before, in each (RFC 2198). */
  readonly red: boolean;
}

export interface Party {
  /** A SIP URI. */
  readonly uri: string;
  readonly displayName?: string;
}

/** Counted by the gateway since the leg opened, from where it stands: received is from that leg's remote. */
export interface LegFigures {
  readonly codec?: string;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly packetsLost: number;
  readonly jitterMs: number;
  readonly roundTripMs?: number;
}
