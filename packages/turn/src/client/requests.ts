import { type Crypto, type Fault, fault, type Millis, toHex } from '@earshot/base';
import { checkIntegrity, printStun, readErrorCode, type StunAttributeValue, type StunMessage } from '@earshot/stun';
import { readTurnUsername } from '../credentials.js';
import { METHOD_ALLOCATE, METHOD_CHANNEL_BIND, METHOD_CREATE_PERMISSION, METHOD_REFRESH } from '../wire/index.js';
import { faultOf, type TurnRequest } from './faults.js';
import { LongTermCredentials } from './long-term.js';
import type { PeerGrant } from './peers.js';
import { STUN_TIMING, StunTransaction } from './transaction.js';
import type { TurnClientOptions } from './types.js';

const METHODS: Readonly<Record<TurnRequest, number>> = {
  allocate: METHOD_ALLOCATE,
  refresh: METHOD_REFRESH,
  'create-permission': METHOD_CREATE_PERMISSION,
  'channel-bind': METHOD_CHANNEL_BIND,
};

/** A nonce that is stale again and again is not a nonce. */
const MAX_TRIES = 4;

/** What is asked, apart from how often it had to be. */
export interface Asked {
  readonly request: TurnRequest;
  /** The attributes of the request itself: those with addresses depend on the transaction. */
  readonly attributes: (transactionId: Uint8Array) => StunAttributeValue[];
  /** Whom it is about. */
  readonly grant?: PeerGrant;
}

export type Outcome =
  | { readonly type: 'success'; readonly asked: Asked; readonly response: StunMessage }
  | { readonly type: 'failed'; readonly asked: Asked; readonly fault: Fault; readonly status?: number }
  /** It is asked again, with what the server wants to see. */
  | { readonly type: 'again'; readonly bytes: Uint8Array };

interface Pending {
  readonly asked: Asked;
  readonly bytes: Uint8Array;
  /** What protects it and its answer; undefined before the first challenge. */
  readonly key: Uint8Array | undefined;
  readonly transaction: StunTransaction;
  readonly tries: number;
}

/** The requests under way, each until its answer: transactions (RFC 8489 section 6) and authentication (section 9.2). */
export class Requests {
  readonly #options: TurnClientOptions;
  readonly #crypto: Crypto;
  readonly #credentials: LongTermCredentials;
  readonly #pending = new Map<string, Pending>();

  constructor(options: TurnClientOptions) {
    this.#options = options;
    this.#crypto = options.crypto;
    this.#credentials = new LongTermCredentials(options.crypto, options.credentials);
  }

  /** The bytes to send. */
  ask(now: Millis, asked: Asked, tries = 1): Uint8Array {
    const { transport, timing = STUN_TIMING } = this.#options;
    const transactionId = this.#crypto.randomBytes(12);
    const { key } = this.#credentials;
    const header = { class: 'request', method: METHODS[asked.request], transactionId } as const;
    const attributes = [...asked.attributes(transactionId), ...this.#credentials.attributes()];
    const integrity = key === undefined ? {} : { integrity: { crypto: this.#crypto, algorithm: 'sha1', key } as const };
    const bytes = printStun(header, attributes, { ...integrity, fingerprint: true });
    const transaction = new StunTransaction(now, timing, transport !== 'udp');
    this.#pending.set(toHex(transactionId), { asked, bytes, key, transaction, tries });
    return bytes;
  }

  /** Undefined for what answers nothing that was asked. */
  receive(now: Millis, response: StunMessage): Outcome | undefined {
    const id = toHex(response.transactionId);
    const pending = this.#pending.get(id);
    if (pending === undefined || METHODS[pending.asked.request] !== response.method) return undefined;
    if (!this.#isGenuine(response, pending.key)) return undefined;
    this.#pending.delete(id);
    if (response.class === 'success') return { type: 'success', asked: pending.asked, response };
    return this.#refused(now, pending, response);
  }

  get nextTimeout(): Millis | undefined {
    let next: Millis | undefined;
    for (const { transaction } of this.#pending.values()) {
      if (next === undefined || transaction.nextTimeout < next) next = transaction.nextTimeout;
    }
    return next;
  }

  handleTimeout(now: Millis): Outcome[] {
    const outcomes: Outcome[] = [];
    for (const [id, { asked, bytes, transaction }] of this.#pending) {
      const what = transaction.handleTimeout(now);
      if (what === 'send') outcomes.push({ type: 'again', bytes });
      if (what !== 'failed') continue;
      this.#pending.delete(id);
      outcomes.push({ type: 'failed', asked, fault: fault('turn.silent', asked.request) });
    }
    return outcomes;
  }

  clear(): void {
    this.#pending.clear();
  }

  /**
   * RFC 8489 section 9.2.5: a success proves that the server knows the password, or is as if never received. Of errors
   * only a wrong proof is thrown away: a server that is full or does not know the user has none to give.
   */
  #isGenuine(response: StunMessage, key: Uint8Array | undefined): boolean {
    if (key === undefined) return true;
    const integrity = checkIntegrity(this.#crypto, response, key);
    return response.class === 'success' ? integrity !== 'missing' && integrity !== 'wrong' : integrity !== 'wrong';
  }

  #refused(now: Millis, { asked, key, tries }: Pending, response: StunMessage): Outcome {
    const error = readErrorCode(response) ?? { code: 500, reason: 'no error code' };
    // RFC 8489 section 9.2.5: 401 asks for credentials, once; 438 for a fresh nonce.
    const mayAskAgain = error.code === 438 ? tries < MAX_TRIES : error.code === 401 && key === undefined;
    if (mayAskAgain && this.#credentials.challenge(response)) {
      return { type: 'again', bytes: this.ask(now, asked, tries + 1) };
    }
    return { type: 'failed', asked, fault: this.#faultOf(now, asked.request, error), status: error.code };
  }

  #faultOf(now: Millis, request: TurnRequest, error: { readonly code: number; readonly reason: string }): Fault {
    const failure = faultOf(request, error);
    if (error.code !== 401) return failure;
    const claimed = readTurnUsername(this.#options.credentials.username, now);
    const hasExpired = !claimed.ok && claimed.error.code === 'turn.credentials_expired';
    return hasExpired ? fault('turn.credentials_expired', failure.detail) : failure;
  }
}
