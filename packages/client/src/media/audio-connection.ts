import type { IceServer } from '@earshot/signaling';
import type { Browser, PeerConnection, Transceiver } from '../browser.js';
import { type MediaFigures, readFigures } from './stats.js';

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
  #offered = false;
  #closed = false;

  constructor(browser: Browser, servers: readonly IceServer[], transports: RTCIceTransportPolicy, onState: () => void) {
    this.#browser = browser;
    this.peer = browser.createPeer(configuration(servers, transports));
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
      await this.peer.setRemoteDescription({ type: 'offer', sdp });
      const [transceiver] = this.peer.getTransceivers();
      if (transceiver === undefined) throw new TypeError('the offer has no audio section');
      await transceiver.sender.replaceTrack(microphone.getAudioTracks()[0] ?? null);
      transceiver.direction = 'sendrecv';
      this.#use(transceiver);
      return this.#makeAnswer();
    });
  }

  /**
   * New ICE credentials while the old path still carries (RFC 8839 section 4.4). Undefined while an offer is out;
   * otherwise `prepare` runs right before candidates are gathered.
   */
  restart(prepare: () => void): Promise<string | undefined> {
    return this.#next(async () => {
      if (this.#offered) return undefined;
      prepare();
      return this.#makeOffer(true);
    });
  }

  /** False when no offer is out: the answer is late, and of no use any more. */
  takeAnswer(sdp: string): Promise<boolean> {
    return this.#next(async () => {
      if (!this.#offered) return false;
      await this.peer.setRemoteDescription({ type: 'answer', sdp });
      this.#offered = false;
      return true;
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
      await this.peer.setRemoteDescription({ type: 'offer', sdp });
      this.#offered = false;
      return this.#makeAnswer();
    });
  }

  async figures(): Promise<MediaFigures> {
    return readFigures(await this.peer.getStats());
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
    await this.peer.setLocalDescription(await this.peer.createOffer({ iceRestart }));
    this.#offered = true;
    return this.#localSdp();
  }

  async #makeAnswer(): Promise<string> {
    await this.peer.setLocalDescription();
    return this.#localSdp();
  }

  #localSdp(): string {
    return this.peer.localDescription?.sdp ?? '';
  }

  /** One description at a time. After `close` nothing runs any more, and promises stay pending for nobody. */
  #next<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#work.then(() => (this.#closed ? new Promise<T>(() => undefined) : run()));
    this.#work = result.catch(() => undefined);
    return result;
  }
}

const configuration = (servers: readonly IceServer[], transports: RTCIceTransportPolicy): RTCConfiguration => ({
  bundlePolicy: 'max-bundle',
  iceTransportPolicy: transports,
  iceServers: servers.map((server) => ({ ...server, urls: [...server.urls] })),
});
