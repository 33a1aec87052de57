import type { Millis } from '@earshot/base';
import type { BrowserEvent, BrowserFacts, NetworkFacts } from '@earshot/telemetry';

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
  /** Empty where the browser offers none. */
  devices(): Promise<readonly DeviceInfo[]>;
  /** Devices or the permission may have changed, from now on for as long as there is this page. */
  onDevices(listener: () => void): void;
  /** Keeps text for this site, for good where that can be. */
  remember(key: string, text: string): void;
  remembered(key: string): string | undefined;
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
  /** Tells what happens to the page until the returned function is called. */
  watchPage(listener: (event: PageEvent) => void): () => void;
  isHidden(): boolean;
  facts(): BrowserFacts;
  network(): NetworkFacts;
  /** Sends text that arrives though the page is gone by then; at most 64 kB. */
  post(url: string, text: string): void;
  /** Keeps text for the next page in this tab; undefined takes it away. Where nothing can be kept nothing happens. */
  keep(key: string, text: string | undefined): void;
  kept(key: string): string | undefined;
  /** Keeps the page from being frozen until the returned function is called. */
  stayAwake(): () => void;
}

/** What a page can say of itself: without the time, which is now. */
export type PageEvent =
  | Omit<Extract<BrowserEvent, { type: 'client.lifecycle' }>, 'atMs'>
  | Omit<Extract<BrowserEvent, { type: 'client.network' }>, 'atMs'>
  | Omit<Extract<BrowserEvent, { type: 'mic.devices' }>, 'atMs'>;

/** A WebSocket. After `close` its listener hears nothing any more. */
export interface Socket {
  send(text: string): void;
  close(code: number): void;
}

export interface SocketListener {
  open(): void;
  /** `data` is text, or something that is not of this protocol. */
  message(data: unknown): void;
  /** It closed, or never opened. `code`: of RFC 6455 section 7.4. */
  close(code?: number): void;
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
    /** What is sent now. */
    readonly track: MediaStreamTrack | null;
    /** Null before there is a description; missing in old browsers. */
    readonly transport?: DtlsTransport | null;
    replaceTrack(track: MediaStreamTrack | null): Promise<void>;
    /** Missing in old browsers. */
    getParameters?(): RTCRtpSendParameters;
    setParameters?(parameters: RTCRtpSendParameters): Promise<void>;
  };
  readonly receiver: {
    readonly track: MediaStreamTrack;
    /** When sound of each source was last played; missing in old browsers. Cheap, unlike statistics. */
    getSynchronizationSources?(): readonly { readonly timestamp: number }[];
  };
}

export interface DtlsTransport {
  readonly state: RTCDtlsTransportState;
  addEventListener(type: 'statechange', listener: () => void): void;
}

export interface ToneSender {
  /** Not there in every browser: then the answer is yes. */
  readonly canInsertDTMF?: boolean;
  /** Tones still to be sent; `insertDTMF` replaces them. */
  readonly toneBuffer: string;
  insertDTMF(tones: string, duration?: Millis, interToneGap?: Millis): void;
}

export interface StatsReport {
  get(id: string): object | undefined;
  forEach(visit: (stats: object) => void): void;
}

/** Where remote audio is heard. */
export interface Speaker {
  /** Rejects with a NotAllowedError while the browser waits for a gesture. */
  play(stream: MediaStream): Promise<void>;
  /** Plays on this device from now on; an empty id is the system's choice. Rejects where that cannot be. */
  useDevice(deviceId: string): Promise<void>;
  /** Hears what the page or the browser do to it, until it is released. */
  onChange: ((state: 'playing' | 'paused' | 'muted' | 'unmuted' | 'detached') => void) | undefined;
  release(): void;
}

export interface Meter {
  /** Root mean square, 0 to 1; undefined while the browser holds the measurement back. */
  level(): number | undefined;
  close(): void;
}

/** As browsers list it; nameless until a microphone was allowed. */
export type DeviceInfo = Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'groupId' | 'label'>;

/** What is known of microphones without asking for one. */
export interface MicrophoneContext {
  readonly secure: boolean;
  /** Whether navigator.mediaDevices exists. */
  readonly offered: boolean;
  /** Undefined where it cannot be asked without a prompt. */
  readonly permission: 'granted' | 'denied' | 'prompt' | undefined;
  /** What the permissions policy of the frame says; undefined where it cannot be asked. */
  readonly allowedByPolicy: boolean | undefined;
  /** How many microphones the browser lists; undefined when it does not say. */
  readonly listed: number | undefined;
  /** Somebody else decides about this browser, as far as it says so. */
  readonly managed: boolean;
  /** The page is shown by an app that is no browser. */
  readonly inApp: boolean;
  readonly os: string | undefined;
}
