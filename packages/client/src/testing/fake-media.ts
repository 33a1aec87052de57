import type { PeerConnection, StatsReport, ToneSender, Transceiver } from '../browser.js';

/** A track that remembers whether it was stopped. */
export class FakeTrack extends EventTarget {
  readonly kind = 'audio';
  enabled = true;
  stopped = false;

  stop(): void {
    this.stopped = true;
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

/** An RTCPeerConnection whose descriptions are numbered words and whose media is a counter. */
export class FakePeer implements PeerConnection {
  readonly configuration: RTCConfiguration;
  connectionState: RTCPeerConnectionState = 'new';
  signalingState: RTCSignalingState = 'stable';
  localDescription: { readonly sdp: string } | null = null;
  bytesReceived = 0;
  readonly tones: string[] = [];
  /** What was set, in order. */
  readonly log: string[] = [];
  closed = false;
  #count = 0;
  readonly #transceivers: Transceiver[] = [];
  readonly #listeners: (() => void)[] = [];

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration;
  }

  addTransceiver(): Transceiver {
    const dtmf: ToneSender = { toneBuffer: '', insertDTMF: (tones) => void this.tones.push(tones) };
    const receiver = { track: new FakeTrack() as unknown as MediaStreamTrack };
    const sender = { dtmf, replaceTrack: async () => undefined };
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
    const { bytesReceived } = this;
    return new Map<string, object>([
      ['in', { id: 'in', type: 'inbound-rtp', kind: 'audio', codecId: 'codec', bytesReceived, audioLevel: 0.25 }],
      ['source', { id: 'source', type: 'media-source', kind: 'audio', audioLevel: 0.5 }],
      ['codec', { id: 'codec', type: 'codec', mimeType: 'audio/opus' }],
      ['transport', { id: 'transport', type: 'transport', selectedCandidatePairId: 'pair' }],
      ['pair', { id: 'pair', type: 'candidate-pair', localCandidateId: 'local', currentRoundTripTime: 0.002 }],
      ['local', { id: 'local', type: 'local-candidate', candidateType: 'host', protocol: 'udp' }],
    ]);
  }

  addEventListener(_type: 'connectionstatechange', listener: () => void): void {
    this.#listeners.push(listener);
  }

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    this.closed = true;
    this.connectionState = 'closed';
  }
}
