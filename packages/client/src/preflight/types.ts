import type { ErrorCode, MediaPath, PhoneOptions } from '../index.js';

export interface PreflightOptions extends Pick<PhoneOptions, 'url' | 'token' | 'region'> {
  /** The line of the loop call, `echo` unless said: one that sends back what it hears. `false`: no call. */
  readonly to?: string | false;
  /** How long the loop call is listened to once it is heard both ways, in seconds: 8 unless said. */
  readonly callSeconds?: number;
  /**
   * Constraints on the microphone. `false`: none is asked for, and the call carries silence. Unless it was allowed before,
   * the browser asks the person.
   */
  readonly microphone?: MediaTrackConstraints | false;
  /** Ends it early, as `cancel()` does. */
  readonly signal?: AbortSignal;
}

/** Something that stands in the way of calls, or makes them worse. */
export interface PreflightProblem {
  readonly code: ErrorCode;
  readonly step: PreflightStep['step'];
  /** The address of a relay or of the gateway, the name of a device. */
  readonly where?: string;
  /** For engineers. */
  readonly detail?: string;
  /** Calls fail, and do not merely sound worse. */
  readonly fatal: boolean;
}

interface Step<Name extends string, Figures> {
  readonly step: Name;
  /** What exactly, where there are several of a step: the address of a relay. */
  readonly where?: string;
  readonly state: 'running' | 'passed' | 'warning' | 'failed' | 'skipped';
  readonly problems: readonly PreflightProblem[];
  /** In ms; undefined while it runs. */
  readonly tookMs?: number;
  /** As far as it came. */
  readonly figures?: Figures;
}

export interface BrowserFigures {
  readonly webrtc: boolean;
  readonly microphones: boolean;
  readonly secure: boolean;
}

export interface MicrophoneFigures {
  /** Before anybody was asked. */
  readonly permission: 'granted' | 'denied' | 'prompt' | 'unknown';
  /** As the browser names it. */
  readonly label?: string;
  /** The loudest moment of about a second, 0 to 1, root mean square; undefined where it could not be measured. */
  readonly level?: number;
}

export interface SignalingFigures {
  /** Until the WebSocket was open, in ms. */
  readonly openMs?: number;
  /** From there until the gateway took the token, in ms. */
  readonly welcomeMs?: number;
  /** The quickest of three questions and answers, in ms. */
  readonly roundTripMs?: number;
}

export interface TurnFigures {
  readonly url: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Until the relay gave an address, in ms. */
  readonly allocatedMs?: number;
}

export interface DirectFigures {
  /** What the loop call took. */
  readonly path: MediaPath;
}

export interface CallFigures {
  /** Mean opinion score, 1 to 4.5, by the E-model: of what the far end hears (`up`), and of what is heard here. */
  readonly mos: { readonly up?: number; readonly down?: number };
  /** Who computed it; a direction that the gateway says nothing of yet is computed by the browser. */
  readonly mosBy: 'gateway' | 'browser';
  readonly lossPercent: { readonly up?: number; readonly down?: number };
  readonly jitterMs: { readonly up?: number; readonly down?: number };
  readonly roundTripMs?: number;
  /** From the call to audio that is confirmed both ways, in ms. */
  readonly connectedMs?: number;
  readonly path?: MediaPath;
}

export type PreflightStep =
  | Step<'browser', BrowserFigures>
  | Step<'microphone', MicrophoneFigures>
  | Step<'signaling', SignalingFigures>
  | Step<'turn', TurnFigures>
  | Step<'call', CallFigures>
  | Step<'direct', DirectFigures>;

export interface PreflightSummary {
  /** Calls work; what makes them worse is among the problems. */
  readonly ok: boolean;
  /** 0 to 100: 100 sounds as good as a call can, below 60 people complain, 0 is no call. */
  readonly score: number;
  readonly problems: readonly PreflightProblem[];
  /** It was ended before it was through. */
  readonly cancelled: boolean;
  readonly steps: readonly PreflightStep[];
}
