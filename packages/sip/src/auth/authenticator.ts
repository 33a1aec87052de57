import { type Crypto, type Pii, randomId } from '@earshot/base';
import { Headers } from '../message/headers.js';
import type { SipResponse } from '../message/message.js';
import { quote } from '../message/scanner.js';
import { printUri, type Uri } from '../message/uri.js';
import { type Challenge, parseChallenge } from './challenge.js';
import { digestResponse } from './digest.js';

export interface SipCredentials {
  /** When given, a challenge for any other realm is never answered. When not, the first realm met binds the leg. */
  readonly realm?: string;
  readonly username: string;
  readonly password: Pii<string>;
}

const KINDS = {
  401: { challenge: 'WWW-Authenticate', answer: 'Authorization' },
  407: { challenge: 'Proxy-Authenticate', answer: 'Proxy-Authorization' },
} as const;

type Status = keyof typeof KINDS;

/**
 * Digest as a client (RFC 3261 section 22, RFC 8760). It never answers a challenge for a realm that is not its own:
 * otherwise anybody we send a request to could collect answers computed from the trunk's password.
 */
export class Authenticator {
  readonly #crypto: Crypto;
  readonly #credentials: SipCredentials;
  readonly #accepted = new Map<Status, { readonly challenge: Challenge; count: number }>();
  #realm: string | undefined;

  constructor(crypto: Crypto, credentials: SipCredentials) {
    this.#crypto = crypto;
    this.#credentials = credentials;
    this.#realm = credentials.realm;
  }

  /**
   * Takes the challenge of a 401 or 407; false when there is none to answer. `attempt`: how often this request has
   * been challenged before; from the second time on only a stale nonce is a reason to try again (section 22.2).
   * `initial`: only the request that opens a leg may bind its realm.
   */
  accept(response: SipResponse, attempt: number, initial: boolean): boolean {
    const { status } = response;
    if (status !== 401 && status !== 407) return false;
    const challenge = response.headers
      .all(KINDS[status].challenge)
      .map(parseChallenge)
      .find((candidate) => candidate !== undefined && this.#isOurs(candidate, initial));
    if (challenge === undefined || attempt > 2 || (attempt > 0 && !challenge.stale)) return false;
    this.#realm = challenge.realm;
    this.#accepted.set(status, { challenge, count: 0 });
    return true;
  }

  #isOurs({ realm }: Challenge, initial: boolean): boolean {
    return this.#realm === undefined ? initial : realm === this.#realm;
  }

  /** The Authorization headers for a request, by the challenges taken so far. */
  headers(method: string, uri: Uri): Headers {
    const fields = [...this.#accepted].map(([status, accepted]) => {
      accepted.count += 1;
      return { name: KINDS[status].answer, value: this.#answer(accepted.challenge, accepted.count, method, uri) };
    });
    return new Headers(fields);
  }

  #answer(challenge: Challenge, count: number, method: string, uri: Uri): string {
    const { realm, nonce, opaque, algorithm, hash, qopAuth } = challenge;
    const { username, password } = this.#credentials;
    const nc = count.toString(16).padStart(8, '0');
    const auth = qopAuth ? { nc, cnonce: randomId((length) => this.#crypto.randomBytes(length), 22) } : undefined;
    const printed = printUri(uri);
    const response = digestResponse(this.#crypto, {
      hash,
      username,
      realm,
      password: password.reveal(),
      method,
      uri: printed,
      nonce,
      ...(auth === undefined ? {} : { auth }),
    });
    const parts = [
      `username=${quote(username)}`,
      `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      `uri=${quote(printed)}`,
      `response="${response}"`,
      ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
      ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
      ...(auth === undefined ? [] : [`qop=auth, nc=${auth.nc}, cnonce="${auth.cnonce}"`]),
    ];
    return `Digest ${parts.join(', ')}`;
  }
}
