import type { Crypto, Millis, RandomBytes } from '@earshot/base';
import {
  ATTRIBUTE_SOFTWARE,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  errorCodeAttribute,
  printStun,
  type StunAttributeValue,
  type StunHeader,
  type StunMessage,
  textAttribute,
  unknownAttributesAttribute,
  xorAddressAttribute,
} from '@earshot/stun';
import type { RelayEvent } from '@earshot/telemetry';
import { METHOD_ALLOCATE, METHOD_CHANNEL_BIND, METHOD_CREATE_PERMISSION, METHOD_REFRESH } from '../wire/index.js';
import { AnswerBudget } from './answer-budget.js';
import type { Authenticator, Proof } from './authenticator.js';
import { type Counters, countRefusal } from './counters.js';
import type { Flow } from './flow.js';
import { NONCE_LENGTH } from './nonces.js';
import { type Refusal, UNKNOWN_ATTRIBUTE } from './refusal.js';
import { RefusalLog } from './refusal-log.js';
import type { TurnServerIo } from './types.js';

/** Of answers to the unproved: header and ERROR-CODE without a reason; with XOR-MAPPED-ADDRESS. */
const BARE_ERROR = 28;
const MAPPED_IPV4 = 32;
const MAPPED_IPV6 = 44;

type Method = Extract<RelayEvent, { readonly type: 'turn.refused' }>['method'];

const METHODS: ReadonlyMap<number, Method> = new Map([
  [METHOD_ALLOCATE, 'allocate'],
  [METHOD_REFRESH, 'refresh'],
  [METHOD_CREATE_PERMISSION, 'create-permission'],
  [METHOD_CHANNEL_BIND, 'channel-bind'],
]);

interface AnswersOptions<Client, Relay> {
  readonly crypto: Pick<Crypto, 'hmac'>;
  readonly random: RandomBytes;
  readonly io: Pick<TurnServerIo<Client, Relay>, 'toClient' | 'event'>;
  readonly counters: Counters;
  readonly authenticator: Authenticator;
  readonly realm: string;
  readonly software: string | undefined;
}

type Request = Pick<StunHeader, 'method' | 'transactionId'>;

/** Responses, and what is said and counted of refusals. */
export class Answers<Client, Relay> {
  readonly #options: AnswersOptions<Client, Relay>;
  readonly #budget: AnswerBudget;
  readonly #log = new RefusalLog();
  readonly #challengeLength: number;

  constructor(options: AnswersOptions<Client, Relay>) {
    this.#options = options;
    this.#budget = new AnswerBudget(options.random);
    const { value } = textAttribute(0, options.realm);
    const challenge = [value.length, NONCE_LENGTH, 8];
    this.#challengeLength = challenge.reduce((sum, length) => sum + 4 + ((length + 3) & ~3), BARE_ERROR);
  }

  /** Binding (RFC 8489 section 12): for whoever asks. */
  mapped(now: Millis, flow: Flow<Client, Relay>, request: StunMessage, unknown: readonly number[]): void {
    const mapped = xorAddressAttribute(ATTRIBUTE_XOR_MAPPED_ADDRESS, flow.remote, request.transactionId);
    if (unknown.length > 0 || mapped === undefined) {
      this.unproved(now, flow, request, { ...UNKNOWN_ATTRIBUTE, unknown }, undefined, false);
      return;
    }
    const length = mapped.value.length === 8 ? MAPPED_IPV4 : MAPPED_IPV6;
    if (!this.#mayAnswer(now, flow, request, length)) return;
    this.#options.counters.bindings += 1;
    this.send(flow, printStun({ ...headerOf(request), class: 'success' }, [mapped]));
  }

  /** 401 to a request without credentials, which is how all begin. */
  challenge(now: Millis, flow: Flow<Client, Relay>, request: StunMessage): void {
    this.#options.counters.challenged += 1;
    if (!this.#mayAnswer(now, flow, request, this.#challengeLength)) return;
    const attributes = this.#options.authenticator.challenge(now, flow.remote, 401);
    this.send(flow, printStun({ ...headerOf(request), class: 'error' }, attributes));
  }

  /** A refusal to somebody who proved nothing. `tag`: as claimed. */
  unproved(
    now: Millis,
    flow: Flow<Client, Relay>,
    request: StunMessage,
    refusal: Refusal,
    tag: string | undefined,
    isChallenged: boolean,
  ): void {
    this.#record(now, flow, METHODS.get(request.method) ?? 'other', refusal, tag, false);
    const { status, unknown = [] } = refusal;
    const length = isChallenged
      ? this.#challengeLength
      : BARE_ERROR + (unknown.length > 0 ? 4 + unknown.length * 2 : 0);
    if (!this.#mayAnswer(now, flow, request, length)) return;
    const attributes = isChallenged
      ? this.#options.authenticator.challenge(now, flow.remote, status)
      : errorAttributes(refusal);
    this.send(flow, printStun({ ...headerOf(request), class: 'error' }, attributes));
  }

  /** A request that was not even looked at. */
  ignore(): void {
    this.#options.counters.suppressed += 1;
  }

  /** A request from this flow proved its credentials, and that its source address is its own. */
  trust(now: Millis, flow: Flow<Client, Relay>): void {
    if (flow.transport === 'udp') this.#budget.trust(now, flow.remote.address);
  }

  /** A success response. */
  success(flow: Flow<Client, Relay>, request: Request, proof: Proof, attributes: readonly StunAttributeValue[]): void {
    this.send(flow, this.print(request, 'success', proof, attributes));
  }

  refuse(now: Millis, flow: Flow<Client, Relay>, request: Request, proof: Proof, refusal: Refusal): void {
    this.#record(now, flow, METHODS.get(request.method) ?? 'other', refusal, proof.tag, true);
    this.send(flow, this.print(request, 'error', proof, errorAttributes(refusal)));
  }

  /** A refusal that no answer tells of. */
  refuseSilently(now: Millis, flow: Flow<Client, Relay>, tag: string, refusal: Refusal): void {
    this.#record(now, flow, 'send', refusal, tag, true);
  }

  /** A response with integrity. */
  print(
    request: Request,
    kind: 'success' | 'error',
    { key, algorithm }: Proof,
    attributes: readonly StunAttributeValue[],
  ): Uint8Array {
    const { crypto, software } = this.#options;
    const all = [...attributes];
    if (software !== undefined && saysSoftware(request.method)) all.push(textAttribute(ATTRIBUTE_SOFTWARE, software));
    return printStun({ ...headerOf(request), class: kind }, all, { integrity: { crypto, algorithm, key } });
  }

  send(flow: Flow<Client, Relay>, bytes: Uint8Array): void {
    this.#options.io.toClient(flow, bytes, 0, bytes.length);
  }

  #mayAnswer(now: Millis, { transport, remote }: Flow<Client, Relay>, request: StunMessage, length: number): boolean {
    if (transport !== 'udp') return true; // its handshake proved the address
    if (this.#budget.spend(now, remote.address, request.bytes.length, length)) return true;
    this.#options.counters.suppressed += 1;
    return false;
  }

  #record(
    now: Millis,
    { transport, remote }: Flow<Client, Relay>,
    method: Method,
    refusal: Refusal,
    tag: string | undefined,
    isProved: boolean,
  ): void {
    const { io, counters } = this.#options;
    const { status, code, peer } = refusal;
    countRefusal(counters, code);
    const count = this.#log.count(now, tag, isProved, method, refusal);
    if (count === undefined) return;
    const event = { type: 'turn.refused', transport, client: remote, method, status, code, count } as const;
    io.event(peer === undefined ? event : { ...event, peer }, tag);
  }
}

const headerOf = ({ method, transactionId }: Request): Request => ({ method, transactionId });

/** RFC 8656 section 5: SHOULD be in these. */
const saysSoftware = (method: number): boolean => method === METHOD_ALLOCATE || method === METHOD_REFRESH;

function errorAttributes({ status, unknown, alternate }: Refusal): StunAttributeValue[] {
  const attributes = [errorCodeAttribute(status)];
  if (unknown !== undefined) attributes.push(unknownAttributesAttribute(unknown));
  if (alternate !== undefined) attributes.push(alternate);
  return attributes;
}
