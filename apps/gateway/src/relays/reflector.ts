import { type IceCredentials, randomIceChars, type TransportAddress } from '@earshot/base';
import type { MediaCommand, MediaEvent } from '@earshot/calls';
import { nodeCrypto } from '@earshot/crypto';
import type { RelayTarget } from './probe.js';

/** What the reflector needs of a media worker. */
export interface ReflectorMedia {
  send(command: MediaCommand): void;
  onEvent(listener: (event: MediaEvent) => void): void;
  /** Where browsers are told to send what is meant for this worker. */
  candidates(): readonly TransportAddress[];
  /** The sockets that those lead to. */
  readonly sockets: readonly TransportAddress[];
}

const LEG = 'relay-check';

/**
 * A leg that belongs to no call: media answers connectivity checks for known credentials alone, so whoever wants to prove
 * that a relay leads here needs a pair of them. It carries nothing else, and costs what an idle leg costs.
 */
export class Reflector {
  readonly ice: IceCredentials;
  readonly #open: () => ReflectorMedia;
  #media: ReflectorMedia | undefined;

  /** `open` assigns a media worker, again after one has failed. */
  constructor(open: () => ReflectorMedia) {
    this.#open = open;
    const random = nodeCrypto.randomBytes;
    this.ice = { ufrag: randomIceChars(random, 8), pwd: randomIceChars(random, 24) };
  }

  /** Where to ask, now. Undefined where browsers are told no address. */
  get target(): (RelayTarget & { readonly local: readonly TransportAddress[] }) | undefined {
    const media = this.#media ?? this.#begin();
    const addresses = media.candidates();
    return addresses.length === 0 ? undefined : { addresses, local: media.sockets, ice: this.ice };
  }

  #begin(): ReflectorMedia {
    const media = this.#open();
    media.onEvent((event) => {
      if (event.type === 'leg.failed' && this.#media === media) this.#media = undefined;
    });
    this.#media = media;
    media.send({ type: 'webrtc.open', callId: LEG, legId: LEG, ice: this.ice });
    return media;
  }

  close(): void {
    this.#media?.send({ type: 'close', legId: LEG });
    this.#media = undefined;
  }
}
