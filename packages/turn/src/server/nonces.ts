import { type Crypto, equalBytes, type Millis, type RandomBytes, type TransportAddress, toBase64 } from '@earshot/base';
import { nonceCookie } from '@earshot/stun';

const MINUTE = 60_000;
/** Minutes are counted modulo 2^24. */
const STAMPS = 0x1000000;
const STAMP_LENGTH = 3;
const TAG_LENGTH = 8;
const COOKIE = nonceCookie({ passwordAlgorithms: true, usernameAnonymity: false });
/** Cookie, and 11 bytes in base64 without its padding. */
export const NONCE_LENGTH = COOKIE.length + 15;

/**
 * Nonces that need no memory: cookie, minute of issue, and an HMAC of both and of the client's address and port (RFC
 * 8489 section 9.2.4 wants a nonce to be good for one address and port only). As short as that allows, since it goes to
 * sources that have proved nothing.
 */
export class Nonces {
  readonly #crypto: Pick<Crypto, 'hmac'>;
  readonly #key: Uint8Array;
  readonly #lifetime: number;

  /** `lifetime` in ms, in effect whole minutes. */
  constructor(crypto: Pick<Crypto, 'hmac'>, random: RandomBytes, lifetime: number) {
    this.#crypto = crypto;
    this.#key = random(32);
    this.#lifetime = lifetime;
  }

  issue(now: Millis, client: TransportAddress): string {
    return this.#make(stampOf(now), client);
  }

  /** Whether it was issued to this client, not too long ago. */
  isFresh(now: Millis, client: TransportAddress, nonce: string): boolean {
    if (nonce.length !== NONCE_LENGTH || !nonce.startsWith(COOKIE)) return false;
    const stamp = readStamp(nonce);
    if (stamp < 0) return false;
    const age = (stampOf(now) - stamp + STAMPS) % STAMPS;
    if (age * MINUTE > this.#lifetime) return false;
    // Not compared in constant time: who sends from another address does not see how long it took.
    return equalBytes(charCodes(nonce), charCodes(this.#make(stamp, client)));
  }

  #make(stamp: number, { address, port }: TransportAddress): string {
    const bytes = new Uint8Array(STAMP_LENGTH + TAG_LENGTH);
    bytes.set([stamp >> 16, (stamp >> 8) & 0xff, stamp & 0xff]);
    const claim = charCodes(`${COOKIE} ${stamp} ${address} ${port}`);
    bytes.set(this.#crypto.hmac('sha256', this.#key, claim).subarray(0, TAG_LENGTH), STAMP_LENGTH);
    return COOKIE + toBase64(bytes).slice(0, -1);
  }
}

const stampOf = (now: Millis): number => Math.floor(now / MINUTE) % STAMPS;

const charCodes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);

/** The minute of issue, which are the first four digits after the cookie; -1 when they are none. */
function readStamp(nonce: string): number {
  let stamp = 0;
  for (let index = COOKIE.length; index < COOKIE.length + 4; index += 1) {
    const digit = BASE64.indexOf(nonce.charAt(index));
    if (digit < 0) return -1;
    stamp = stamp * 64 + digit;
  }
  return stamp;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
