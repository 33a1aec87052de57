import type { Candidate, CandidateError, PeerConnection, StatsReport, ToneSender, Transceiver } from '../browser.js';

/** A track that remembers whether it was stopped. */
export class FakeTrack extends EventTarget {
  readonly kind = 'audio';
  label = 'Fake microphone';
  enabled = true;
  stopped = false;
  readyState: MediaStreamTrackState = 'live';

  getSettings(): MediaTrackSettings {
    return {
      deviceId: this.deviceId,
      sampleRate: 48_000,
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: false,
    };
  }

  muted = false;
  deviceId = 'default';

  clone(): FakeTrack {
    const copy = new FakeTrack();
    return Object.assign(copy, { label: this.label, enabled: this.enabled, deviceId: this.deviceId });
  }

  stop(): void {
    this.stopped = true;
    this.readyState = 'ended';
  }

  /** What the system does to it. */
  becomes(type: 'mute' | 'unmute' | 'ended'): void {
    if (type === 'ended') this.readyState = 'ended';
    else this.muted = type === 'mute';
    this.dispatchEvent(new Event(type));
  }
}

/** The calls under test pass streams and tracks along and use only what is here. */
export class FakeStream {
  readonly tracks: readonly FakeTrack[];

  constructor(tracks: readonly FakeTrack[] = [new FakeTrack()]) {
    this.tracks = tracks;
  }

  getTracks(): readonly FakeTrack[] {
    return this.tracks;
  }

  getAudioTracks(): readonly FakeTrack[] {
    return this.tracks;
  }
}

export const asStream = (stream: FakeStream): MediaStream => stream as unknown as MediaStream;

const GATEWAY = { candidateType: 'host', protocol: 'udp', address: '198.51.100.1', port: 40_000 };

export class FakeDtls extends EventTarget {
  state: RTCDtlsTransportState = 'new';

  become(state: RTCDtlsTransportState): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

/** An RTCPeerConnection whose descriptions are numbered words and whose media is a counter. */
export class FakePeer implements PeerConnection {
  configuration: RTCConfiguration;
  iceGatheringState: RTCIceGatheringState = 'new';
  connectionState: RTCPeerConnectionState = 'new';
  signalingState: RTCSignalingState = 'stable';
  localDescription: { readonly sdp: string } | null = null;
  bytesReceived = 0;
  packetsSent = 0;
  /** Of the browser's own candidate in use, by the names of the statistics API; empty: no pair yet. */
  local: Readonly<Record<string, unknown>> = {
    candidateType: 'host',
    protocol: 'udp',
    address: '192.0.2.9',
    port: 5000,
  };
  readonly tones: string[] = [];
  /** What was set, in order. */
  readonly log: string[] = [];
  closed = false;
  readonly dtls = new FakeDtls();
  /** Members of the statistics, by their type, over what is counted by itself. */
  stats: Readonly<Record<string, object>> = {};
  /** How often it was asked for statistics. */
  reports = 0;
  #count = 0;
  readonly #transceivers: Transceiver[] = [];
  readonly #listeners = new Map<string, ((event: unknown) => void)[]>();

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration;
  }

  addTransceiver(track: MediaStreamTrack | null = null): Transceiver {
    const dtmf: ToneSender = { toneBuffer: '', insertDTMF: (tones) => void this.tones.push(tones) };
    const receiver = { track: new FakeTrack() as unknown as MediaStreamTrack };
    const { dtls } = this;
    const sender = {
      dtmf,
      track,
      transport: dtls,
      replaceTrack: async (next: MediaStreamTrack | null) => {
        sender.track = next;
      },
    };
    const transceiver: Transceiver = { direction: 'sendrecv', sender, receiver };
    this.#transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers(): Transceiver[] {
    return this.#transceivers;
  }

  async createOffer(options?: { iceRestart: boolean }): Promise<{ type: RTCSdpType; sdp: string }> {
    this.#count += 1;
    return { type: 'offer', sdp: `${options?.iceRestart === true ? 'restart' : 'offer'} ${this.#count}` };
  }

  async setLocalDescription(description?: { type: RTCSdpType; sdp?: string }): Promise<void> {
    if (description?.type === 'rollback') {
      this.signalingState = 'stable';
      this.log.push('rollback');
      return;
    }
    const offering = description?.type === 'offer';
    const sdp = description?.sdp ?? 'answer';
    this.localDescription = { sdp };
    this.signalingState = offering ? 'have-local-offer' : 'stable';
    this.log.push(`local ${sdp}`);
  }

  async setRemoteDescription({ type, sdp }: { type: RTCSdpType; sdp: string }): Promise<void> {
    if (sdp === 'unreadable') throw new TypeError('not an SDP');
    if (type === 'offer' && this.#transceivers.length === 0) this.addTransceiver();
    this.signalingState = type === 'offer' ? 'have-remote-offer' : 'stable';
    this.log.push(`remote ${sdp}`);
  }

  async getStats(): Promise<StatsReport> {
    this.reports += 1;
    const { bytesReceived, packetsSent } = this;
    const of = (id: string, type: string, members: object): [string, object] => [
      id,
      { id, type, ...members, ...this.stats[type] },
    ];
    return new Map<string, object>([
      of('in', 'inbound-rtp', { kind: 'audio', codecId: 'codec', bytesReceived, audioLevel: 0.25 }),
      of('out', 'outbound-rtp', { kind: 'audio', mediaSourceId: 'source', packetsSent }),
      of('source', 'media-source', { kind: 'audio', audioLevel: 0.5 }),
      of('codec', 'codec', { mimeType: 'audio/opus' }),
      of('transport', 'transport', { selectedCandidatePairId: 'pair', dtlsState: 'connected' }),
      of('pair', 'candidate-pair', {
        localCandidateId: 'local',
        remoteCandidateId: 'remote',
        currentRoundTripTime: 0.002,
      }),
      of('local', 'local-candidate', this.local),
      of('remote', 'remote-candidate', GATEWAY),
    ]);
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
    this.log.push(`configuration ${configuration.iceTransportPolicy}`);
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    const listeners = this.#listeners.get(type) ?? [];
    this.#listeners.set(type, [...listeners, listener as (event: unknown) => void]);
  }

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.#fire('connectionstatechange');
  }

  gathers(state: RTCIceGatheringState): void {
    this.iceGatheringState = state;
    this.#fire('icegatheringstatechange');
  }

  finds(candidate: Candidate): void {
    this.#fire('icecandidate', { candidate });
  }

  misses(error: CandidateError): void {
    this.#fire('icecandidateerror', error);
  }

  #fire(type: string, event?: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }

  close(): void {
    this.closed = true;
    this.connectionState = 'closed';
  }
}
