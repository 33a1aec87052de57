import type { Crypto } from '@earshot/base';
import {
  ATTRIBUTE_NONCE,
  ATTRIBUTE_REALM,
  ATTRIBUTE_USERNAME,
  longTermKey,
  readText,
  type StunAttributeValue,
  type StunMessage,
  textAttribute,
} from '@earshot/stun';
import type { TurnCredentials } from '../credentials.js';

/**
 * The client's side of the long-term credential mechanism (RFC 8489 section 9.2). It keeps to what browsers do, for
 * whom it stands in: MD5 as password algorithm and MESSAGE-INTEGRITY with SHA-1. PASSWORD-ALGORITHMS is not answered.
 */
export class LongTermCredentials {
  readonly #crypto: Crypto;
  readonly #credentials: TurnCredentials;
  #realm: string | undefined;
  #nonce: string | undefined;
  #key: Uint8Array | undefined;

  constructor(crypto: Crypto, credentials: TurnCredentials) {
    this.#crypto = crypto;
    this.#credentials = credentials;
  }

  /** Undefined until the server has named its realm. */
  get key(): Uint8Array | undefined {
    return this.#key;
  }

  /** What an authenticated request carries before its integrity; nothing until the server has named its realm. */
  attributes(): StunAttributeValue[] {
    if (this.#realm === undefined || this.#nonce === undefined) return [];
    return [
      textAttribute(ATTRIBUTE_USERNAME, this.#credentials.username),
      textAttribute(ATTRIBUTE_REALM, this.#realm),
      textAttribute(ATTRIBUTE_NONCE, this.#nonce),
    ];
  }

  /** Takes realm and nonce of a 401 or 438 response. False when it names none, so that asking again is of no use. */
  challenge(response: StunMessage): boolean {
    const nonce = readText(response, ATTRIBUTE_NONCE);
    const realm = readText(response, ATTRIBUTE_REALM) ?? this.#realm;
    if (nonce === undefined || realm === undefined) return false;
    this.#nonce = nonce;
    if (realm !== this.#realm) {
      const { username, password } = this.#credentials;
      this.#realm = realm;
      this.#key = longTermKey(this.#crypto, 'md5', username, realm, password);
    }
    return true;
  }
}
