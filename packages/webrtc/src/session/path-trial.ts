import type { Crypto, IceCredentials, Millis } from '@earshot/base';
import {
  ATTRIBUTE_ICE_CONTROLLED,
  ATTRIBUTE_PRIORITY,
  ATTRIBUTE_USERNAME,
  checkIntegrity,
  METHOD_BINDING,
  parseStun,
  printStun,
  shortTermKey,
  textAttribute,
  uint32Attribute,
  uint64Attribute,
} from '@earshot/stun';
import type { IcePath } from '../ice/index.js';

/** How long (ms) the peer has to confirm an address that its media came from. */
const TRIAL_MS = 2000;
/** Before the second question, in ms; twice as long before each one after it. */
const FIRST_REPEAT_MS = 100;
const TRANSACTION_ID_LENGTH = 12;

/** Whom to ask: the ufrag of ours that the peer checks with, and the peer's own credentials. */
export interface Peer {
  readonly localUfrag: string;
  readonly ice: IceCredentials;
}

/**
 * A path that authentic media came by and that no check has validated: a NAT has rebound, or somebody sends on what he
 * saw on the way (RFC 9000 section 9.3.3). Until the peer confirms it, no more is sent there than came from there.
 *
 * The peer is asked by a Binding request with its own password (RFC 8445 section 7.2.2), since it may be seconds until
 * its next check. A full agent answers those, whoever they come from.
 */
export class PathTrial {
  readonly path: IcePath;
  readonly endsAt: Millis;
  /** Whether media goes there now. */
  isActive = true;
  readonly #crypto: Crypto;
  readonly #peer: Peer | undefined;
  readonly #key: Uint8Array | undefined;
  readonly #transactions: Uint8Array[] = [];
  #askAt: Millis;
  #repeatMs = FIRST_REPEAT_MS;
  #credit = 0;

  constructor(crypto: Crypto, now: Millis, path: IcePath, peer: Peer | undefined) {
    this.path = path;
    this.endsAt = now + TRIAL_MS;
    this.#crypto = crypto;
    this.#peer = peer;
    this.#key = peer && shortTermKey(peer.ice.pwd);
    this.#askAt = now;
  }

  /** So many bytes came from there. */
  credit(bytes: number): void {
    this.#credit += bytes;
  }

  /** Whether so many bytes may be sent there; then they count as sent. */
  spend(bytes: number): boolean {
    if (bytes > this.#credit) return false;
    this.#credit -= bytes;
    return true;
  }

  get nextTimeout(): Millis {
    return this.#peer === undefined ? this.endsAt : Math.min(this.#askAt, this.endsAt);
  }

  /** A question to send now, if one is due and what came from there pays for it. */
  ask(now: Millis): Uint8Array | undefined {
    if (this.#peer === undefined || now < this.#askAt) return undefined;
    const { localUfrag, ice } = this.#peer;
    const transactionId = this.#crypto.randomBytes(TRANSACTION_ID_LENGTH);
    const key = this.#key ?? new Uint8Array();
    const datagram = printStun(
      { class: 'request', method: METHOD_BINDING, transactionId },
      [
        textAttribute(ATTRIBUTE_USERNAME, `${ice.ufrag}:${localUfrag}`),
        // The smallest tie-breaker: who lets us have the other role is mistaken (RFC 8445 section 6.1.1).
        uint64Attribute(ATTRIBUTE_ICE_CONTROLLED, 0n),
        uint32Attribute(ATTRIBUTE_PRIORITY, this.path.local.priority),
      ],
      { integrity: { crypto: this.#crypto, algorithm: 'sha1', key }, fingerprint: true },
    );
    if (!this.spend(datagram.length)) {
      this.#askAt = now + FIRST_REPEAT_MS;
      return undefined;
    }
    this.#transactions.push(transactionId);
    this.#askAt = now + this.#repeatMs;
    this.#repeatMs *= 2;
    return datagram;
  }

  /** Whether this datagram, which came by `path`, is the peer's answer to a question. */
  isAnswer(datagram: Uint8Array): boolean {
    const message = parseStun(datagram);
    if (!message.ok || message.value.class !== 'success' || this.#key === undefined) return false;
    const { transactionId } = message.value;
    const isOurs = this.#transactions.some((asked) => asked.every((byte, index) => byte === transactionId[index]));
    return isOurs && checkIntegrity(this.#crypto, message.value, this.#key) === 'sha1';
  }
}
