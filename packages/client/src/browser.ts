import type { Millis } from '@earshot/base';

/**
 * Everything the SDK touches of the browser, so that a call can be driven in a test without one. The shapes are those
 * of the DOM, cut down to what is used.
 */
export interface Browser {
  /** Milliseconds since the Unix epoch. */
  now(): Millis;
  /** In [0, 1). */
  random(): number;
  randomBytes(length: number): Uint8Array;
  /** Runs once after `delay` ms; returns what cancels it. */
  after(delay: Millis, run: () => void): () => void;
  openSocket(url: string, protocol: string, listener: SocketListener): Socket;
  createPeer(configuration: RTCConfiguration): PeerConnection;
  createStream(tracks: readonly MediaStreamTrack[]): MediaStream;
  /** Must be called inside the user's gesture. */
  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream>;
  microphoneContext(): Promise<MicrophoneContext>;
  createSpeaker(): Speaker;
  /** Measures the loudness of a stream; undefined where that cannot be had. */
  createMeter(stream: MediaStream): Meter | undefined;
  /**
   * The network changed (`changed`), or the page came back to the foreground or out of the cache and it may have.
   * Returns what takes it off.
   */
  onWake(listener: (changed: boolean) => void): () => void;
  /** The page is left for good. */
  onLeave(listener: () => void): () => void;
  /** Keeps the page from being frozen until the returned function is called. */
  stayAwake(): () => void;
}

/** A WebSocket. After `close` its listener hears nothing any more. */
export interface Socket {
  send(text: string): void;
  close(code: number): void;
}

export interface SocketListener {
  open(): void;
  /** `data` is text, or something that is not of this protocol. */
  message(data: unknown): void;
  /** It closed, or never opened. */
  close(): void;
}

export interface PeerConnection {
  readonly connectionState: RTCPeerConnectionState;
  readonly iceGatheringState: RTCIceGatheringState;
  readonly signalingState: RTCSignalingState;
  readonly localDescription: { readonly sdp: string } | null;
  addTransceiver(track: MediaStreamTrack, init: { direction: 'sendrecv'; streams: MediaStream[] }): Transceiver;
  getTransceivers(): Transceiver[];
  createOffer(options?: { iceRestart: boolean }): Promise<{ type: RTCSdpType; sdp?: string }>;
  setLocalDescription(description?: { type: RTCSdpType; sdp?: string }): Promise<void>;
  setRemoteDescription(description: { type: RTCSdpType; sdp: string }): Promise<void>;
  getStats(): Promise<StatsReport>;
  /** Servers and policy for the next gathering; the running one goes on with those it has. */
  setConfiguration(configuration: RTCConfiguration): void;
  addEventListener(type: 'connectionstatechange' | 'icegatheringstatechange', listener: () => void): void;
  addEventListener(type: 'icecandidate', listener: (event: { readonly candidate: Candidate | null }) => void): void;
  /** Old browsers never fire it. */
  addEventListener(type: 'icecandidateerror', listener: (event: CandidateError) => void): void;
  close(): void;
}

export interface Candidate {
  /** As in SDP (RFC 8839 section 5.1); empty when it stands for the end of candidates. */
  readonly candidate: string;
  /** Chromium's alone. */
  readonly url?: string | null;
}

export interface CandidateError {
  readonly url: string;
  readonly errorCode: number;
  readonly errorText: string;
  readonly address: string | null;
}

export interface Transceiver {
  direction: RTCRtpTransceiverDirection;
  readonly sender: {
    readonly dtmf: ToneSender | null;
    replaceTrack(track: MediaStreamTrack | null): Promise<void>;
  };
  readonly receiver: { readonly track: MediaStreamTrack };
}

export interface ToneSender {
  /** Not there in every browser: then the answer is yes. */
  readonly canInsertDTMF?: boolean;
  /** Tones still to be sent; `insertDTMF` replaces them. */
  readonly toneBuffer: string;
  insertDTMF(tones: string, duration?: Millis, interToneGap?: Millis): void;
}

export interface StatsReport {
  forEach(visit: (stats: unknown) => void): void;
}

/** Where remote audio is heard. */
export interface Speaker {
  /** Rejects with a NotAllowedError while the browser waits for a gesture. */
  play(stream: MediaStream): Promise<void>;
  release(): void;
}

export interface Meter {
  /** Root mean square, 0 to 1; undefined while the browser holds the measurement back. */
  level(): number | undefined;
  close(): void;
}

/** What surrounds a refused microphone. */
export interface MicrophoneContext {
  readonly secure: boolean;
  /** Whether navigator.mediaDevices exists. */
  readonly offered: boolean;
  /** What the permissions policy of the frame says; undefined where it cannot be asked. */
  readonly allowedByPolicy: boolean | undefined;
  /** How many microphones the browser lists; undefined when it does not say. */
  readonly listed: number | undefined;
}
