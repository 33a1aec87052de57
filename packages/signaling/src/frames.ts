import type { CallState, Fault } from '@earshot/base';
import type { ClientMessage, ServerMessage } from './messages.js';

/**
 * The frames of earshot.v1: one JSON object in one WebSocket text frame.
 *
 *   browser                                gateway
 *      | ---- hello{token, resume?} ---------> |   first frame of every connection
 *      | <--- welcome{sessionId, received} --- |
 *      | ==== message{seq, ack, message} ====> |   reliable, both ways
 *      | <=== message{seq, ack, message} ===== |
 *      | <--- ack{ack} ----------------------- |   when no message carries it
 *      | <--- ping / pong -------------------> |   either end may ask
 *      | <--- error{fault}, close ------------ |
 *      | ---- leaving -----------------------> |   the page goes; it may be back in a moment
 *      | ---- bye ---------------------------> |   the session ends, with its calls
 *
 * `seq` counts messages of one direction of one session from 1. `ack` and `received` are cumulative: the highest seq
 * up to which everything has arrived. After a lost connection each end sends again what the other has not received.
 */
export interface MessageFrame<Message> {
  readonly type: 'message';
  readonly seq: number;
  readonly ack: number;
  readonly message: Message;
}

export type CommonFrame =
  | { readonly type: 'ack'; readonly ack: number }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' };

export interface HelloFrame {
  readonly type: 'hello';
  readonly token: string;
  /** Takes up an earlier session. `received`: cumulative seq of the server's messages. */
  readonly resume?: {
    readonly sessionId: string;
    readonly received: number;
    /** The page was loaded anew and knows nothing of what was said: both directions start from 0, `calls` says the rest. */
    readonly afresh?: boolean;
  };
  /** Name and version of the SDK. */
  readonly client?: string;
  /** Relays of this region come first. */
  readonly region?: string;
}

export interface WelcomeFrame {
  readonly type: 'welcome';
  readonly sessionId: string;
  /** False: this is a new session, and an earlier one that was asked for is gone, with its calls. */
  readonly resumed: boolean;
  /** Cumulative seq of the browser's messages; 0 in a new session. */
  readonly received: number;
  readonly heartbeatMs: number;
  readonly graceMs: number;
  readonly identity: Identity;
  /** Destinations the token allows: names, or patterns with "*". */
  readonly mayCall: readonly string[];
  readonly ice: IceSettings;
  /** What happens when a browser cannot be heard and nothing else helps. */
  readonly fallback?: FallbackPolicy;
  /** After `afresh`: the calls of the session, to be taken up by `call.rejoin`, or ended by `call.hangup`. */
  readonly calls?: readonly OngoingCall[];
}

export interface FallbackPolicy {
  /** Whether the gateway calls the user's own phone, where one is known. */
  readonly callBack: boolean;
  /** How long the browser must be unheard before it does so by itself; absent: only when it is asked to. */
  readonly callBackAfterMs?: number;
  /** Where a message can be left. */
  readonly messageUrl?: string;
}

/** A call of the session before the page was loaded anew. */
export interface OngoingCall {
  readonly callId: string;
  readonly direction: 'outgoing' | 'incoming';
  readonly remote: { readonly uri: string; readonly displayName?: string };
  readonly state: CallState;
  /** Since it was heard both ways for the first time. */
  readonly connectedForMs?: number;
  /** Of an incoming call that still rings: the gateway's offer, to be accepted as any other. */
  readonly sdp?: string;
}

/** Who the token says this is. */
export interface Identity {
  readonly subject: string;
  readonly displayName?: string;
}

/**
 * How the browser may reach the gateway.
 *   all:   whatever works, as RTCPeerConnection decides
 *   relay: through a relay only
 *   auto:  as `all`; after two failed restarts through a relay only
 */
export type IcePolicy = 'all' | 'relay' | 'auto';

export interface IceSettings {
  readonly servers: readonly IceServer[];
  readonly policy: IcePolicy;
  /** Destinations with another policy: the first whose name or pattern with "*" fits decides. */
  readonly policies: readonly { readonly match: string; readonly policy: IcePolicy }[];
  /** How long from now until the credentials expire. Fresh ones come by `session.ice` before. */
  readonly expiresInMs?: number;
}

/** As RTCPeerConnection takes it. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** The page goes, and may be back in a moment (a reload, the next page): the session waits for a short time. */
export interface LeavingFrame {
  readonly type: 'leaving';
}

/** Ends the session and its calls. */
export interface ByeFrame {
  readonly type: 'bye';
}

/** The connection is closed after this frame; the code tells whether coming back makes sense. */
export interface ErrorFrame {
  readonly type: 'error';
  readonly fault: Fault;
}

export type ClientFrame = HelloFrame | MessageFrame<ClientMessage> | CommonFrame | LeavingFrame | ByeFrame;
export type ServerFrame = WelcomeFrame | MessageFrame<ServerMessage> | CommonFrame | ErrorFrame | ByeFrame;
