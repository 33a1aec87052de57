import type { IceServer, Sending } from '@earshot/signaling';
import type { Browser, DtlsTransport, PeerConnection, StatsReport, Transceiver } from '../browser.js';
import { readAudioSection, readCandidates } from '../evidence/audio-section.js';
import type { Note } from '../evidence/evidence.js';
import { watchPeer } from '../evidence/peer.js';
import { optional, printable } from '../evidence/printable.js';
import { wishing } from './sending.js';

/** Credentials of the gateway's for a restart, which it answers checks for already. */
export interface SpareCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** RFC 4733 tones: long enough for every PBX, apart enough to be told apart. In ms. */
const TONE = { duration: 120, gap: 80 } as const;

/**
 * One RTCPeerConnection with one audio section, and its offer/answer exchange (RFC 8829). Descriptions are applied one
 * after the other; candidates are not trickled, since the gateway is ICE-lite and learns the browser's addresses from
 * its checks.
 */
export class AudioConnection {
  readonly peer: PeerConnection;
  readonly #browser: Browser;
  #work: Promise<unknown> = Promise.resolve();
  #transceiver: Transceiver | undefined;
  #remote: MediaStream | undefined;
  readonly #note: Note;
  #offered = false;
  /** What the gateway described last, as an answer. */
  #described = '';
  /** How to send, once the gateway has asked for it: it goes into whatever that describes. */
  asked: Sending | undefined;
  #closed = false;
  #dtls: DtlsTransport | undefined;

  constructor(
    browser: Browser,
    servers: readonly IceServer[],
    transports: RTCIceTransportPolicy,
    note: Note,
    onState: () => void,
  ) {
    this.#browser = browser;
    this.#note = note;
    this.peer = browser.createPeer(configuration(servers, transports));
    watchPeer(this.peer, note);
    this.peer.addEventListener('connectionstatechange', onState);
  }

  /** For the next gathering: nothing changes about the one that runs or ran. */
  configure(servers: readonly IceServer[], transports: RTCIceTransportPolicy): void {
    if (!this.#closed) this.peer.setConfiguration(configuration(servers, transports));
  }

  get state(): RTCPeerConnectionState {
    return this.peer.connectionState;
  }

  /** What the far end says, once the audio section exists. */
  get remote(): MediaStream | undefined {
    return this.#remote;
  }

  /** Offers to send the microphone and to receive. Resolves with the SDP, already set. */
  offer(microphone: MediaStream): Promise<string> {
    return this.#next(async () => {
      const [track] = microphone.getAudioTracks();
      if (track === undefined) throw new TypeError('the microphone has no audio track');
      this.#use(this.peer.addTransceiver(track, { direction: 'sendrecv', streams: [microphone] }));
      return this.#makeOffer(false);
    });
  }

  /** Answers the gateway's first offer with the microphone. */
  answer(sdp: string, microphone: MediaStream): Promise<string> {
    return this.#next(async () => {
      await this.#setRemote('offer', sdp);
      const [transceiver] = this.peer.getTransceivers();
      if (transceiver === undefined) throw new TypeError('the offer has no audio section');
      await transceiver.sender.replaceTrack(microphone.getAudioTracks()[0] ?? null);
      transceiver.direction = 'sendrecv';
      this.#use(transceiver);
      return this.#makeAnswer();
    });
  }

  /**
   * New ICE credentials while the old path still carries (RFC 8839 section 4.4). `prepare` runs right before candidates
   * are gathered. With `spare` credentials of the gateway's nothing has to be asked; where the browser does not take them
   * so, and without them, the offer waits for an answer. Undefined while one is out already.
   */
  restart(
    prepare: () => void,
    spare?: SpareCredentials,
  ): Promise<{ readonly sdp: string; readonly isAnswered: boolean } | undefined> {
    return this.#next(async () => {
      const isKnown = spare !== undefined && this.#described !== '';
      if (this.#offered && !isKnown) return undefined;
      prepare();
      const sdp = await this.#makeOffer(true);
      const answered =
        isKnown &&
        (await this.#setRemote('answer', withCredentials(this.#described, spare)).then(
          () => true,
          () => false,
        ));
      if (answered) this.#offered = false;
      return { sdp, isAnswered: answered };
    });
  }

  /** False when no offer is out: the answer is late, and of no use any more. */
  takeAnswer(sdp: string): Promise<boolean> {
    return this.#next(async () => {
      if (!this.#offered) return false;
      await this.#setRemote('answer', sdp);
      this.#offered = false;
      return true;
    });
  }

  /**
   * Offers, and takes what the gateway described last for its answer, with what it asked for since: no word to it is
   * needed. False when it cannot be now, or the browser dislikes it; then nothing has changed.
   */
  reapply(): Promise<boolean> {
    return this.#next(async () => {
      const { peer } = this;
      if (this.#described === '' || this.#offered || peer.signalingState !== 'stable') return false;
      try {
        await peer.setLocalDescription(await peer.createOffer());
        await peer.setRemoteDescription({ type: 'answer', sdp: this.#wished(this.#described) });
        return true;
      } catch {
        if (peer.signalingState !== 'stable') await peer.setLocalDescription({ type: 'rollback' });
        return false;
      }
    });
  }

  /** The gateway's answer will not come: the next restart may offer again. */
  forgetOffer(): Promise<void> {
    return this.#next(async () => {
      if (this.peer.signalingState === 'have-local-offer') await this.peer.setLocalDescription({ type: 'rollback' });
      this.#offered = false;
    });
  }

  /** A later offer of the gateway. Ours gives way when the two cross: setting theirs rolls ours back. */
  takeOffer(sdp: string): Promise<string> {
    return this.#next(async () => {
      await this.#setRemote('offer', sdp);
      this.#offered = false;
      return this.#makeAnswer();
    });
  }

  /** When sound was last played, on whatever clock; undefined where the browser does not say. */
  get playedAt(): number | undefined {
    const sources = this.#transceiver?.receiver.getSynchronizationSources?.();
    return sources?.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0);
  }

  /** What is sent now; null: nothing. Undefined before there is an audio section. */
  get sending(): MediaStreamTrack | null | undefined {
    return this.#transceiver?.sender.track;
  }

  get sender(): Transceiver['sender'] | undefined {
    return this.#transceiver?.sender;
  }

  getStats(): Promise<StatsReport> {
    return this.peer.getStats();
  }

  /** Sends telephone-events (RFC 4733); false while there is nothing to send them on. */
  sendTones(digits: string): boolean {
    const dtmf = this.#transceiver?.sender.dtmf;
    if (dtmf === null || dtmf === undefined || dtmf.canInsertDTMF === false) return false;
    // Keys pressed faster than tones last wait behind those before them.
    dtmf.insertDTMF(dtmf.toneBuffer + digits, TONE.duration, TONE.gap);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.peer.close();
  }

  #use(transceiver: Transceiver): void {
    this.#transceiver = transceiver;
    this.#remote = this.#browser.createStream([transceiver.receiver.track]);
  }

  async #makeOffer(iceRestart: boolean): Promise<string> {
    const offer = await this.peer.createOffer({ iceRestart });
    const sdp = await this.#setLocal('offer', () => this.peer.setLocalDescription(offer));
    this.#offered = true;
    return sdp;
  }

  #makeAnswer(): Promise<string> {
    return this.#setLocal('answer', () => this.peer.setLocalDescription());
  }

  async #setLocal(kind: 'offer' | 'answer', set: () => Promise<void>): Promise<string> {
    await this.#setting('local', set);
    const sdp = this.peer.localDescription?.sdp ?? '';
    this.#noteDescribed('local', kind, sdp);
    return sdp;
  }

  async #setRemote(kind: 'offer' | 'answer', sdp: string): Promise<void> {
    await this.#setting('remote', () => this.peer.setRemoteDescription({ type: kind, sdp: this.#wished(sdp) }));
    // As an answer it leaves the roles of DTLS as they are.
    this.#described = sdp.replace('a=setup:actpass', 'a=setup:passive');
    this.#noteDescribed('remote', kind, sdp);
  }

  #wished(sdp: string): string {
    return this.asked ? wishing(sdp, this.asked) : sdp;
  }

  async #setting(side: 'local' | 'remote', set: () => Promise<void>): Promise<void> {
    try {
      await set();
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.#note({
        type: 'sdp.refused',
        side,
        name: printable(name, 64) ?? 'Error',
        ...optional('message', printable(message)),
      });
      throw error;
    }
  }

  #noteDescribed(side: 'local' | 'remote', kind: 'offer' | 'answer', sdp: string): void {
    const candidates = readCandidates(sdp);
    const given = candidates.length > 0 ? { candidates } : {};
    this.#note({ type: 'sdp.set', side, kind, ...optional('audio', readAudioSection(sdp)), ...given });
    this.#watchDtls();
  }

  /** There is one transport, which comes with the first description and stays. */
  #watchDtls(): void {
    const transport = this.peer.getTransceivers()[0]?.sender.transport ?? undefined;
    if (transport === undefined || this.#dtls === transport) return;
    this.#dtls = transport;
    transport.addEventListener('statechange', () => this.#note({ type: 'dtls.connection', state: transport.state }));
  }

  /** One description at a time. After `close` nothing runs any more, and promises stay pending for nobody. */
  #next<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#work.then(() => (this.#closed ? new Promise<T>(() => undefined) : run()));
    this.#work = result.catch(() => undefined);
    return result;
  }
}

/** What the gateway said last, with its other credentials (RFC 8839 section 5.4). */
const withCredentials = (sdp: string, { ufrag, pwd }: SpareCredentials): string =>
  sdp.replace(/^(a=ice-ufrag:).*$/gm, `$1${ufrag}`).replace(/^(a=ice-pwd:).*$/gm, `$1${pwd}`);

const configuration = (servers: readonly IceServer[], transports: RTCIceTransportPolicy): RTCConfiguration => ({
  bundlePolicy: 'max-bundle',
  iceTransportPolicy: transports,
  iceServers: servers.map((server) => ({ ...server, urls: [...server.urls] })),
});
