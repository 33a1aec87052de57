import {
  type Crypto,
  equalBytes,
  err,
  type Fault,
  fault,
  type IceCredentials,
  type Millis,
  ok,
  type Result,
  type TransportAddress,
} from '@earshot/base';
import {
  ATTRIBUTE_ICE_CONTROLLING,
  ATTRIBUTE_PRIORITY,
  ATTRIBUTE_USERNAME,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  checkIntegrity,
  METHOD_BINDING,
  parseStun,
  printStun,
  readErrorCode,
  readXorAddress,
  type StunMessage,
  shortTermKey,
  textAttribute,
  uint32Attribute,
  uint64Attribute,
} from '@earshot/stun';
import { STUN_TIMING, type StunTiming, StunTransaction } from './transaction.js';

export interface BindingOptions {
  readonly crypto: Crypto;
  /** Over TCP, TLS: the request is not repeated. */
  readonly isReliable: boolean;
  readonly timing?: StunTiming;
  /** The credentials of an ICE agent, which answers connectivity checks alone (RFC 8445 section 7.2.2). */
  readonly ice?: IceCredentials;
}

/** Our half of the USERNAME of a check, which nobody looks up. */
const OWN_UFRAG = 'probe';
/** Any will do: the check nominates nothing. */
const PRIORITY = 1;

/** One Binding request (RFC 8489 section 3), or one connectivity check, until its answer. */
export class BindingRequest {
  /** To be sent at once, and again whenever `handleTimeout` says so. */
  readonly bytes: Uint8Array;
  readonly #crypto: Crypto;
  readonly #transactionId: Uint8Array;
  readonly #key: Uint8Array | undefined;
  readonly #transaction: StunTransaction;

  constructor(now: Millis, { crypto, isReliable, timing = STUN_TIMING, ice }: BindingOptions) {
    this.#crypto = crypto;
    this.#transactionId = crypto.randomBytes(12);
    this.#key = ice === undefined ? undefined : shortTermKey(ice.pwd);
    this.#transaction = new StunTransaction(now, timing, isReliable);
    const header = { class: 'request', method: METHOD_BINDING, transactionId: this.#transactionId } as const;
    const check =
      ice === undefined
        ? []
        : [
            textAttribute(ATTRIBUTE_USERNAME, `${ice.ufrag}:${OWN_UFRAG}`),
            uint32Attribute(ATTRIBUTE_PRIORITY, PRIORITY),
            uint64Attribute(ATTRIBUTE_ICE_CONTROLLING, 1n),
          ];
    this.bytes = printStun(header, check, {
      ...(this.#key === undefined ? {} : { integrity: { crypto, algorithm: 'sha1', key: this.#key } }),
      fingerprint: true,
    });
  }

  get nextTimeout(): Millis {
    return this.#transaction.nextTimeout;
  }

  handleTimeout(now: Millis): 'send' | 'failed' | 'wait' {
    return this.#transaction.handleTimeout(now);
  }

  /** The address it was seen from, or the refusal; undefined for what is no answer to it. */
  receive(bytes: Uint8Array): Result<TransportAddress> | undefined {
    const parsed = parseStun(bytes);
    if (!parsed.ok || !this.#isAnswer(parsed.value)) return undefined;
    const answer = parsed.value;
    if (answer.class === 'error') return err(refusalOf(answer));
    const mapped = readXorAddress(answer, ATTRIBUTE_XOR_MAPPED_ADDRESS);
    return mapped === undefined ? err(fault('turn.bad_request', 'a Binding success without an address')) : ok(mapped);
  }

  /** A check's success must prove that it comes from who knows the password. */
  #isAnswer(message: StunMessage): boolean {
    const { class: kind, method, transactionId } = message;
    if (method !== METHOD_BINDING || !equalBytes(transactionId, this.#transactionId)) return false;
    if (kind !== 'success' || this.#key === undefined) return kind === 'success' || kind === 'error';
    const integrity = checkIntegrity(this.#crypto, message, this.#key);
    return integrity !== 'missing' && integrity !== 'wrong';
  }
}

function refusalOf(answer: StunMessage): Fault {
  const code = readErrorCode(answer)?.code ?? 500;
  return fault(code === 401 ? 'turn.auth_failed' : 'turn.bad_request', `binding: ${code}`);
}
