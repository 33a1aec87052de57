import {
  type CodecName,
  err,
  fault,
  type LegMedia,
  ok,
  type RandomBytes,
  type Result,
  type RtpRemote,
  sameAddress,
  type TransportAddress,
} from '@earshot/base';
import type { MediaCommand } from '../media.js';
import { answeredCodec } from '../offer-answer/codec-policy.js';
import type { LocalSession, RemoteOffer } from '../offer-answer/description.js';
import { acceptSipAnswer, answerSip, offerToSip, readSipOffer, type SipLocal } from '../offer-answer/sip.js';
import { isUnspecified } from '../sdp/ip-address.js';
import type { CallLocal } from './call-io.js';
import { type Described, type Leg, newSession, nextVersion } from './leg.js';

/** A leg to a SIP peer: plain RTP at a port that the worker allocates. */
export class SipLeg implements Leg {
  readonly kind = 'sip';
  readonly legId: string;
  readonly #address: string;
  #session: LocalSession;
  #port: number | undefined;
  #offer: RemoteOffer | undefined;
  #names: readonly CodecName[] = [];
  /** Where its media was last said to be. */
  #place: TransportAddress | undefined;
  #media: LegMedia | undefined;
  #acceptedSdp: string | undefined;

  constructor(legId: string, random: RandomBytes, { sipAdvertisedAddress }: CallLocal) {
    this.legId = legId;
    this.#address = sipAdvertisedAddress;
    this.#session = newSession(random);
  }

  get media(): LegMedia | undefined {
    return this.#media;
  }

  get ready(): boolean {
    return this.#port !== undefined;
  }

  open(callId: string): MediaCommand {
    return { type: 'rtp.open', callId, legId: this.legId };
  }

  opened({ port }: TransportAddress): void {
    this.#port ??= port;
  }

  relocate(): void {}

  receiveOffer(sdp: string): Result<readonly CodecName[]> {
    const offer = readSipOffer(sdp);
    if (!offer.ok) return offer;
    this.#offer = offer.value;
    return ok(offer.value.codecs);
  }

  /** With one codec, since phones take several as leave to switch in mid-call. */
  answer(names: readonly CodecName[], otherLeg: readonly CodecName[]): Result<Described> {
    if (this.#offer === undefined) return err(fault('call.wrong_state', 'there is no offer to answer'));
    this.#names = names;
    return this.#answer(this.#offer, this.#session, otherLeg);
  }

  offer(names: readonly CodecName[]): string {
    this.#names = names;
    return offerToSip(this.#local(this.#session), names);
  }

  acceptAnswer(sdp: string): Result<Omit<Described, 'sdp'>> {
    // The 200 repeats the SDP of a reliable 183 (RFC 3261 section 13.2.1).
    if (sdp === this.#acceptedSdp) return ok({ commands: [], moved: false });
    const accepted = acceptSipAnswer(this.#names, sdp);
    if (!accepted.ok) return accepted;
    this.#acceptedSdp = sdp;
    return ok(this.#agree(accepted.value.remote, accepted.value.media));
  }

  /** A re-INVITE (RFC 3264 section 8): hold, another address, another codec. The codec in use stays where it can. */
  reoffer(sdp: string): Result<Described> {
    if (this.#media === undefined) return err(fault('call.wrong_state', 'the leg is not described yet'));
    const offer = readSipOffer(sdp);
    if (!offer.ok) return offer;
    return this.#answer(
      offer.value,
      nextVersion(this.#session),
      this.#media.codecs.map(({ name }) => name),
    );
  }

  #answer(offer: RemoteOffer, session: LocalSession, preferred: readonly CodecName[]): Result<Described> {
    const possible = this.#names.filter((name) => offer.codecs.includes(name));
    const answered = answerSip(offer, this.#local(session), answeredCodec(possible, preferred));
    if (!answered.ok) return answered;
    const { sdp, media, remote } = answered.value;
    this.#session = session;
    return ok({ sdp, ...this.#agree(remote, media) });
  }

  #agree(remote: RtpRemote, media: LegMedia): Omit<Described, 'sdp'> {
    this.#media = media;
    const commands: readonly MediaCommand[] = [{ type: 'rtp.remote', legId: this.legId, remote, media }];
    // Hold by the unspecified address is no move: the peer comes back to where it was.
    if (isUnspecified(remote.rtp.address)) return { commands, moved: false };
    const moved = this.#place !== undefined && !sameAddress(this.#place, remote.rtp);
    this.#place = remote.rtp;
    return { commands, moved };
  }

  #local(session: LocalSession): SipLocal {
    // Port 9 (discard) is never sent: a leg is described only when it is ready.
    return { rtp: { address: this.#address, port: this.#port ?? 9 }, session };
  }
}
