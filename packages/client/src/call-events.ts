import type { Millis } from '@earshot/base';
import type {
  CallId,
  CallResult,
  ClientMessage,
  EndedBy,
  FallbackPolicy,
  LegFigures,
  MediaDirection,
  Quality,
  ServerMessage,
} from '@earshot/signaling';
import type { PrivacyLevel } from '@earshot/telemetry';
import type { Browser, Speaker } from './browser.js';
import type { ClientCallState } from './call-state.js';
import type { Devices } from './devices/devices.js';
import type { MicrophoneSwitch } from './devices/microphone-owner.js';
import type { PermissionStep } from './devices/permission.js';
import type { EarshotError } from './earshot-error.js';
import type { EvidenceBatch } from './evidence/evidence.js';
import type { Leftover } from './evidence/unsent.js';
import type { CallIce } from './media/ice-settings.js';
import type { Levels } from './media/monitor.js';
import type { MediaFigures, MediaPath } from './media/stats.js';

export interface CallOptions {
  /**
   * Constraints on the microphone, such as a deviceId; or a stream that the page has already, of a `<usermedia>` element
   * for example, which is used and left as it is.
   */
  readonly microphone?: MediaTrackConstraints | MediaStream;
  readonly displayName?: string;
}

export interface CallEnd {
  readonly result: CallResult;
  readonly by: EndedBy;
  /** Why, when it failed. */
  readonly error: EarshotError | undefined;
}

/** What the gateway still waits for before it calls the call connected. */
export interface Waiting {
  readonly for: readonly MediaDirection[];
  /** When the gateway gives up, by this browser's clock. */
  readonly until: Millis | undefined;
}

export interface CallEvents {
  readonly state: readonly [state: ClientCallState];
  /** The far end pressed a key. */
  readonly dtmf: readonly [digit: string, durationMs: Millis];
  readonly ended: readonly [end: CallEnd];
  /** Something went wrong that the call survives, such as playout.autoplay_blocked. */
  readonly error: readonly [error: EarshotError];
  readonly levels: readonly [levels: Levels];
  /** Another path, codec or relay; the round trip alone is in `stats`. */
  readonly path: readonly [path: MediaPath];
  /** The browser's figures, and the gateway's of both legs. */
  readonly stats: readonly [stats: CallStats];
  readonly mute: readonly [muted: boolean];
  /** How the question for the microphone goes. */
  readonly permission: readonly [step: PermissionStep];
  /** Another microphone is used, or the same one opened anew: `call.microphoneStream`. */
  readonly microphone: readonly [why: MicrophoneSwitch];
  /** Nothing has helped for a while; the call is kept. What there is besides: see `callMeBack`, or leave a message. */
  readonly fallback: readonly [policy: FallbackPolicy];
  /** How the call to the user's own phone goes. */
  readonly callback: readonly [state: CallBackState, error: EarshotError | undefined];
  /** The call sounds better or worse than before; figures in between are in `call.quality`. */
  readonly quality: readonly [quality: Quality];
}

export type CallBackState = Extract<ServerMessage, { type: 'call.callback' }>['state'];

export interface CallStats {
  readonly browser: MediaFigures | undefined;
  /** What the gateway counts of this browser's leg: `packetsLost` are of what the browser sent. */
  readonly near: LegFigures | undefined;
  readonly far: LegFigures | undefined;
}

/** What a call needs of its surroundings. */
export interface CallContext {
  readonly browser: Browser;
  readonly callId: CallId;
  send(message: ClientMessage): void;
  readonly privacy: PrivacyLevel;
  /** Whether what is sent now goes out now. */
  isConnected(): boolean;
  /** Sends it in a way that outlives the page; false where that cannot be. */
  post(batch: EvidenceBatch, sentMs: Millis): boolean;
  /** Sends what is left, or keeps it until it can be sent. */
  leave(left: Leftover): void;
  /** How this call may reach the gateway; waits for the welcome. Rejects with an EarshotError without a session. */
  ice(): Promise<CallIce>;
  /** What the gateway does when nothing else helps. */
  fallback(): FallbackPolicy | undefined;
  /** The media path broke, perhaps together with the signaling connection. */
  suspect(): void;
  readonly devices: Devices;
  acquireSpeaker(): Speaker;
  releaseSpeaker(speaker: Speaker): void;
  /** The call ended and holds nothing any more. */
  finished(): void;
}
