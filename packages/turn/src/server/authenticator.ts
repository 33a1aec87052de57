import { type Crypto, equalBytes, type Millis, type RandomBytes, type TransportAddress } from '@earshot/base';
import {
  ATTRIBUTE_MESSAGE_INTEGRITY,
  ATTRIBUTE_MESSAGE_INTEGRITY_SHA256,
  ATTRIBUTE_NONCE,
  ATTRIBUTE_PASSWORD_ALGORITHMS,
  ATTRIBUTE_REALM,
  ATTRIBUTE_USERNAME,
  checkIntegrity,
  errorCodeAttribute,
  findAttribute,
  hasAttribute,
  type IntegrityAlgorithm,
  longTermKey,
  type PasswordAlgorithm,
  passwordAlgorithmsAttribute,
  readPasswordAlgorithm,
  readText,
  type StunAttributeValue,
  type StunMessage,
  textAttribute,
} from '@earshot/stun';
import { readTurnUsername, turnPassword } from '../credentials.js';
import { Nonces } from './nonces.js';
import { PrefixBuckets } from './prefix-buckets.js';
import {
  BAD_REQUEST,
  EXPIRED_CREDENTIALS,
  FOREIGN_CREDENTIALS,
  type Refusal,
  STALE_NONCE,
  UNAUTHENTICATED,
} from './refusal.js';

/** What an authenticated request proved. */
export interface Proof {
  readonly username: string;
  readonly tag: string;
  readonly passwordAlgorithm: PasswordAlgorithm;
  /** H(username:realm:password); the password itself is not kept (RFC 8656 section 6). */
  readonly key: Uint8Array;
  /** What protects the answer. */
  readonly algorithm: IntegrityAlgorithm;
  /** Of the secrets that were valid then. */
  readonly secretsVersion: number;
}

export type Judgement =
  | { readonly kind: 'proved'; readonly proof: Proof }
  /** No credentials yet: 401 with realm and nonce. */
  | { readonly kind: 'unknown' }
  /** `tag` as claimed. `isChallenged`: realm and nonce go with the answer. */
  | {
      readonly kind: 'refused';
      readonly refusal: Refusal;
      readonly tag: string | undefined;
      readonly isChallenged: boolean;
    }
  /** Too many wrong tries from there: no answer, and no work. */
  | { readonly kind: 'ignored' };

const PASSWORD_ALGORITHMS = passwordAlgorithmsAttribute(['sha256', 'md5']);

/**
 * Wrong credentials that are looked at, from one network, at once and in a second: enough for an office whose browsers
 * all come with outdated ones, and at some 20 us each no burden.
 */
const TRIES_AT_ONCE = 2048;
const TRIES_PER_SECOND = 256;

interface AuthenticatorOptions {
  readonly crypto: Pick<Crypto, 'hash' | 'hmac' | 'timingSafeEqual'>;
  readonly random: RandomBytes;
  readonly realm: string;
  readonly secrets: readonly string[];
  readonly nonceLifetime: number;
}

/** The server's side of the long-term credential mechanism (RFC 8489 section 9.2), for ephemeral credentials. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #nonces: Nonces;
  readonly #tries: PrefixBuckets;
  #secrets: readonly string[];
  #secretsVersion = 0;

  constructor(options: AuthenticatorOptions) {
    const { crypto, random, secrets, nonceLifetime } = options;
    this.#options = options;
    this.#secrets = secrets;
    this.#nonces = new Nonces(crypto, random, nonceLifetime);
    this.#tries = new PrefixBuckets(TRIES_PER_SECOND, TRIES_AT_ONCE, random);
  }

  setSecrets(secrets: readonly string[]): void {
    this.#secrets = secrets;
    this.#secretsVersion += 1;
  }

  /** What a 401 or 438 carries: its error code, and what the client needs to try again. */
  challenge(now: Millis, client: TransportAddress, status: number): StunAttributeValue[] {
    return [
      errorCodeAttribute(status),
      textAttribute(ATTRIBUTE_REALM, this.#options.realm),
      textAttribute(ATTRIBUTE_NONCE, this.#nonces.issue(now, client)),
      PASSWORD_ALGORITHMS,
    ];
  }

  /** The steps of RFC 8489 section 9.2.4. `known`: who made the allocation of this client, if there is one. */
  judge(now: Millis, client: TransportAddress, request: StunMessage, known: Proof | undefined): Judgement {
    // 1. Without integrity: 401.
    const isProtected =
      hasAttribute(request, ATTRIBUTE_MESSAGE_INTEGRITY) || hasAttribute(request, ATTRIBUTE_MESSAGE_INTEGRITY_SHA256);
    if (!isProtected) return { kind: 'unknown' };

    // 2. Without user name, realm or nonce: 400. USERHASH is no substitute: the nonce says so, and names that come and
    // go with their sessions cannot be found by their hash.
    const username = readText(request, ATTRIBUTE_USERNAME);
    const nonce = readText(request, ATTRIBUTE_NONCE);
    if (username === undefined || nonce === undefined || !hasAttribute(request, ATTRIBUTE_REALM)) {
      return { kind: 'refused', refusal: BAD_REQUEST, tag: undefined, isChallenged: false };
    }
    const claim = readTurnUsername(username, now);
    const tag = tagOf(username);

    // 3. The nonce must be fresh: 438. The RFC has this last; here nobody who cannot receive at the address that the
    // request claims to come from causes more work than one HMAC.
    if (!this.#nonces.isFresh(now, client, nonce)) {
      return { kind: 'refused', refusal: STALE_NONCE, tag, isChallenged: true };
    }

    // 4. Both password algorithm attributes or neither, the list as it was sent, the choice one of it: or 400.
    const passwordAlgorithm = choiceOf(request);
    if (passwordAlgorithm === undefined) {
      return { kind: 'refused', refusal: BAD_REQUEST, tag, isChallenged: false };
    }

    // 5. A user name that is none of ours: 401.
    if (tag === undefined) {
      return { kind: 'refused', refusal: FOREIGN_CREDENTIALS, tag, isChallenged: true };
    }

    // 6. Integrity under none of the secrets: 401.
    const isKnown = known?.username === username;
    if (!isKnown && !this.#tries.has(now, client.address, 1)) return { kind: 'ignored' };
    const proof = this.#prove(request, username, tag, passwordAlgorithm, known);
    if (proof === undefined) {
      this.#tries.take(now, client.address, 1);
      return { kind: 'refused', refusal: UNAUTHENTICATED, tag, isChallenged: true };
    }

    // 7. Ephemeral credentials end at their time, also for what was made with them before: 401.
    if (!claim.ok) return { kind: 'refused', refusal: EXPIRED_CREDENTIALS, tag, isChallenged: true };
    return { kind: 'proved', proof };
  }

  #prove(
    request: StunMessage,
    username: string,
    tag: string,
    passwordAlgorithm: PasswordAlgorithm,
    known: Proof | undefined,
  ): Proof | undefined {
    const { crypto } = this.#options;
    const secretsVersion = this.#secretsVersion;
    const isReusable =
      known?.username === username &&
      known.passwordAlgorithm === passwordAlgorithm &&
      known.secretsVersion === secretsVersion;
    const keys = isReusable ? [known.key] : this.#keysOf(username, passwordAlgorithm);
    for (const key of keys) {
      const integrity = checkIntegrity(crypto, request, key);
      if (integrity === 'wrong' || integrity === 'missing') continue;
      // Who names a password algorithm is answered with SHA-256 (section 9.2.4), others as they asked.
      const algorithm = readPasswordAlgorithm(request) === undefined ? integrity : 'sha256';
      return { username, tag, passwordAlgorithm, key, algorithm, secretsVersion };
    }
    return undefined;
  }

  *#keysOf(username: string, passwordAlgorithm: PasswordAlgorithm): Generator<Uint8Array> {
    const { crypto, realm } = this.#options;
    for (const secret of this.#secrets) {
      yield longTermKey(crypto, passwordAlgorithm, username, realm, turnPassword(crypto, secret, username));
    }
  }
}

/** The tag that a user name of our form claims, whether expired or not. */
function tagOf(username: string): string | undefined {
  const claim = readTurnUsername(username, Number.NEGATIVE_INFINITY);
  return claim.ok ? claim.value.tag : undefined;
}

function choiceOf(request: StunMessage): PasswordAlgorithm | undefined {
  const offered = findAttribute(request, ATTRIBUTE_PASSWORD_ALGORITHMS)?.value;
  const chosen = readPasswordAlgorithm(request);
  if (offered === undefined && chosen === undefined) return 'md5';
  if (offered === undefined || chosen === undefined || chosen === 'other') return undefined;
  return equalBytes(offered, PASSWORD_ALGORITHMS.value) ? chosen : undefined;
}
