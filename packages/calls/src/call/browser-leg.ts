import {
  type CodecName,
  err,
  type Fingerprint,
  fault,
  type IceCredentials,
  type LegMedia,
  ok,
  type RandomBytes,
  type Result,
  randomIceChars,
  type TransportAddress,
  type WebRtcRemote,
} from '@earshot/base';
import type { MediaCommand } from '../media.js';
import {
  acceptBrowserAnswer,
  answerBrowser,
  type BrowserLocal,
  offerToBrowser,
  readBrowserOffer,
} from '../offer-answer/browser.js';
import type { RemoteOffer } from '../offer-answer/description.js';
import type { CallLocal } from './call-io.js';
import { type Described, type Leg, newSession, nextVersion } from './leg.js';

/** A leg to a browser: WebRTC with ICE-lite and the DTLS server on our side. It needs no port of its own. */
export class BrowserLeg implements Leg {
  readonly kind = 'browser';
  readonly ready = true;
  readonly legId: string;
  readonly #random: RandomBytes;
  #local: BrowserLocal;
  #offer: RemoteOffer | undefined;
  #names: readonly CodecName[] = [];
  #remote: WebRtcRemote | undefined;
  #media: LegMedia | undefined;
  #spare: IceCredentials | undefined;

  constructor(legId: string, random: RandomBytes, { fingerprint, candidates }: CallLocal) {
    this.legId = legId;
    this.#random = random;
    this.#local = { ice: newIceCredentials(random), fingerprint, candidates, session: newSession(random) };
  }

  get media(): LegMedia | undefined {
    return this.#media;
  }

  open(callId: string): MediaCommand {
    return { type: 'webrtc.open', callId, legId: this.legId, ice: this.#local.ice };
  }

  opened(): void {}

  relocate(candidates: readonly TransportAddress[]): void {
    this.#local = { ...this.#local, candidates };
  }

  receiveOffer(sdp: string): Result<readonly CodecName[]> {
    const offer = readBrowserOffer(sdp);
    if (!offer.ok) return offer;
    this.#offer = offer.value;
    return ok(offer.value.codecs);
  }

  answer(names: readonly CodecName[]): Result<Described> {
    if (this.#offer === undefined) return err(fault('call.wrong_state', 'there is no offer to answer'));
    return this.#answer(this.#offer, this.#local, names, []);
  }

  offer(names: readonly CodecName[]): string {
    this.#names = names;
    return offerToBrowser(this.#local, names);
  }

  acceptAnswer(sdp: string): Result<Omit<Described, 'sdp'>> {
    const accepted = acceptBrowserAnswer(this.#names, sdp);
    if (!accepted.ok) return accepted;
    return ok({ commands: [this.#agree(accepted.value.remote, accepted.value.media)], moved: false });
  }

  /**
   * New credentials restart ICE (RFC 8445 section 9) and get new ones of ours; both generations serve until the new
   * one is nominated, so that nothing moves, unless the browser abandons the old one. Without new ones only the description is refreshed.
   */
  reoffer(sdp: string, abandons: boolean): Result<Described> {
    if (this.#remote === undefined) return err(fault('call.wrong_state', 'the leg is not described yet'));
    const offer = readBrowserOffer(sdp);
    if (!offer.ok) return offer;
    const { ice, fingerprints } = offer.value.audio;
    // DTLS goes on over a restart, so that another certificate could only be another party.
    if (!isSubset(fingerprints, this.#remote.fingerprints)) {
      return err(fault('dtls.fingerprint_mismatch', 'the fingerprint changed in mid-call'));
    }
    const isRestart = ice?.ufrag !== this.#remote.ice.ufrag || ice.pwd !== this.#remote.ice.pwd;
    const session = nextVersion(this.#local.session);
    if (!isRestart) return this.#answer(offer.value, { ...this.#local, session }, this.#names, []);
    const local = { ...this.#local, session, ice: newIceCredentials(this.#random) };
    const described = this.#answer(offer.value, local, this.#names, [
      { type: 'webrtc.restart', legId: this.legId, ice: local.ice, abandons },
    ]);
    if (described.ok) this.#spare = undefined;
    return described;
  }

  /**
   * Credentials for a restart that need not ask first. They are as secret as those of a description, and serve once.
   * Undefined while the browser has some.
   */
  spare(): { readonly ice: IceCredentials; readonly command: MediaCommand } | undefined {
    if (this.#spare !== undefined) return undefined;
    const ice = newIceCredentials(this.#random);
    this.#spare = ice;
    return { ice, command: { type: 'webrtc.restart', legId: this.legId, ice, isSpare: true } };
  }

  /** The browser has restarted with those: they are the ones in use. A fault leaves the leg as it was. */
  restarted(sdp: string): Result<readonly MediaCommand[]> {
    if (this.#remote === undefined || this.#spare === undefined) {
      return err(fault('call.wrong_state', 'there were no credentials to restart with'));
    }
    const offer = readBrowserOffer(sdp);
    if (!offer.ok) return offer;
    if (!isSubset(offer.value.audio.fingerprints, this.#remote.fingerprints)) {
      return err(fault('dtls.fingerprint_mismatch', 'the fingerprint changed in mid-call'));
    }
    const local = { ...this.#local, session: nextVersion(this.#local.session), ice: this.#spare };
    const described = this.#answer(offer.value, local, this.#names, []);
    if (!described.ok) return described;
    this.#spare = undefined;
    return ok(described.value.commands);
  }

  #answer(
    offer: RemoteOffer,
    local: BrowserLocal,
    names: readonly CodecName[],
    before: readonly MediaCommand[],
  ): Result<Described> {
    const answered = answerBrowser(offer, local, names);
    if (!answered.ok) return answered;
    const { sdp, media, remote } = answered.value;
    this.#local = local;
    this.#names = names;
    return ok({ sdp, commands: [...before, this.#agree(remote, media)], moved: false });
  }

  #agree(remote: WebRtcRemote, media: LegMedia): MediaCommand {
    this.#remote = remote;
    this.#media = media;
    return { type: 'webrtc.remote', legId: this.legId, remote, media };
  }
}

/** 48 and 144 random bits; RFC 8445 section 5.3 asks for at least 24 and 128. */
const newIceCredentials = (random: RandomBytes): IceCredentials => ({
  ufrag: randomIceChars(random, 8),
  pwd: randomIceChars(random, 24),
});

const isSubset = (some: readonly Fingerprint[], all: readonly Fingerprint[]): boolean =>
  some.every(({ algorithm, value }) => all.some((other) => other.algorithm === algorithm && other.value === value));
