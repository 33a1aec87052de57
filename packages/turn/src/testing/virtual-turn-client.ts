import { ByteWriter, concat, type TransportAddress } from '@earshot/base';
import { nodeCrypto as crypto } from '@earshot/crypto';
import {
  ATTRIBUTE_NONCE,
  ATTRIBUTE_REALM,
  ATTRIBUTE_USERNAME,
  checkIntegrity,
  findAttribute,
  type IntegrityAlgorithm,
  longTermKey,
  METHOD_BINDING,
  type PasswordAlgorithm,
  parseStun,
  passwordAlgorithmAttribute,
  passwordAlgorithmsAttribute,
  printStun,
  readErrorCode,
  readText,
  readXorAddress,
  type StunAttributeValue,
  type StunClass,
  type StunMessage,
  textAttribute,
  xorAddressAttribute,
} from '@earshot/stun';
import type { TurnTransport } from '@earshot/telemetry';
import type { TurnCredentials } from '../credentials.js';
import {
  ATTRIBUTE_DATA,
  ATTRIBUTE_XOR_PEER_ADDRESS,
  ATTRIBUTE_XOR_RELAYED_ADDRESS,
  channelDataLength,
  channelNumberAttribute,
  channelOf,
  isChannelData,
  lifetimeAttribute,
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_CREATE_PERMISSION,
  METHOD_DATA,
  METHOD_REFRESH,
  METHOD_SEND,
  requestedTransportAttribute,
  StreamFramer,
} from '../wire/index.js';

interface ClientOptions {
  readonly transport: TurnTransport;
  readonly remote: TransportAddress;
  readonly credentials: TurnCredentials | undefined;
  readonly send: (bytes: Uint8Array) => void;
  readonly end: () => void;
}

/** How a request departs from what a decent client sends. */
export interface RequestQuirks {
  readonly credentials?: TurnCredentials | undefined;
  readonly nonce?: string;
  readonly passwordAlgorithm?: PasswordAlgorithm;
  /** What PASSWORD-ALGORITHMS says instead of what the server said; none: left out. */
  readonly offered?: readonly PasswordAlgorithm[] | 'none';
  readonly integrity?: IntegrityAlgorithm;
  readonly transactionId?: Uint8Array;
  /** Attributes of the credentials that are left out. */
  readonly without?: readonly number[];
}

export interface Received {
  readonly data: Uint8Array;
  readonly channel?: number;
  readonly peer?: TransportAddress;
}

/** A TURN client written by hand, which also does what a decent one would not. Its requests are answered at once. */
export class VirtualTurnClient {
  readonly transport: TurnTransport;
  readonly remote: TransportAddress;
  credentials: TurnCredentials | undefined;
  realm: string | undefined;
  nonce: string | undefined;
  relayed: TransportAddress | undefined;
  isClosed = false;
  /** Everything that came, in bytes. */
  bytesReceived = 0;
  readonly responses: StunMessage[] = [];
  readonly received: Received[] = [];
  readonly #options: ClientOptions;
  readonly #framer = new StreamFramer();
  #transactions = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.transport = options.transport;
    this.remote = options.remote;
    this.credentials = options.credentials;
  }

  send(bytes: Uint8Array): void {
    this.#options.send(bytes);
  }

  /** Closes its connection. */
  end(): void {
    this.#options.end();
  }

  wasClosed(): void {
    this.isClosed = true;
  }

  receive(bytes: Uint8Array): void {
    this.bytesReceived += bytes.length;
    if (this.transport === 'udp') {
      this.#message(bytes);
      return;
    }
    this.#framer.push(bytes);
    while (this.#framer.next()) {
      const { offset, length } = this.#framer;
      this.#message(this.#framer.bytes.slice(offset, offset + length));
    }
    if (this.#framer.failed) throw new Error('the server broke the framing');
  }

  nextTransactionId(): Uint8Array {
    this.#transactions += 1;
    return new ByteWriter(12).u32(this.remote.port).u32(0).u32(this.#transactions).finish();
  }

  /** Without credentials. */
  printPlain(method: number, attributes: readonly StunAttributeValue[] = [], kind: StunClass = 'request'): Uint8Array {
    return printStun({ class: kind, method, transactionId: this.nextTransactionId() }, attributes);
  }

  print(method: number, attributes: readonly StunAttributeValue[], quirks: RequestQuirks = {}): Uint8Array {
    const { username, password } = quirks.credentials ?? this.credentials ?? { username: '', password: '' };
    const { passwordAlgorithm, without = [], offered = ['sha256', 'md5'] } = quirks;
    const all = [
      ...attributes,
      textAttribute(ATTRIBUTE_USERNAME, username),
      textAttribute(ATTRIBUTE_REALM, this.realm ?? ''),
      textAttribute(ATTRIBUTE_NONCE, quirks.nonce ?? this.nonce ?? ''),
    ].filter(({ type }) => !without.includes(type));
    if (passwordAlgorithm !== undefined) all.push(passwordAlgorithmAttribute(passwordAlgorithm));
    if (passwordAlgorithm !== undefined && offered !== 'none') all.push(passwordAlgorithmsAttribute(offered));
    const key = longTermKey(crypto, passwordAlgorithm ?? 'md5', username, this.realm ?? '', password);
    const algorithm = quirks.integrity ?? (passwordAlgorithm === undefined ? 'sha1' : 'sha256');
    const transactionId = quirks.transactionId ?? this.nextTransactionId();
    return printStun({ class: 'request', method, transactionId }, all, { integrity: { crypto, algorithm, key } });
  }

  /** Sends a request as it is; gives the answer, or undefined. */
  exchange(bytes: Uint8Array): StunMessage | undefined {
    const before = this.responses.length;
    this.send(bytes);
    return this.responses[before];
  }

  /** An authenticated request, after the challenge that comes first; gives the status: 0 for success, or undefined. */
  request(method: number, attributes: readonly StunAttributeValue[], quirks: RequestQuirks = {}): number | undefined {
    this.hello();
    return statusOf(this.exchange(this.print(method, attributes, quirks)));
  }

  /** Learns realm and nonce, once. */
  hello(): void {
    if (this.nonce !== undefined) return;
    const challenge = this.exchange(this.printPlain(METHOD_ALLOCATE, [requestedTransportAttribute(17)]));
    if (challenge !== undefined) this.learn(challenge);
  }

  /** Takes realm and nonce from a 401 or 438. */
  learn(challenge: StunMessage): void {
    this.realm = readText(challenge, ATTRIBUTE_REALM);
    this.nonce = readText(challenge, ATTRIBUTE_NONCE);
  }

  binding(attributes: readonly StunAttributeValue[] = []): StunMessage | undefined {
    return this.exchange(this.printPlain(METHOD_BINDING, attributes));
  }

  allocate(attributes: readonly StunAttributeValue[] = [], quirks: RequestQuirks = {}): number | undefined {
    const status = this.request(METHOD_ALLOCATE, [requestedTransportAttribute(17), ...attributes], quirks);
    const answer = this.responses.at(-1);
    if (status === 0 && answer !== undefined) this.relayed = readXorAddress(answer, ATTRIBUTE_XOR_RELAYED_ADDRESS);
    return status;
  }

  refresh(lifetime?: number, attributes: readonly StunAttributeValue[] = [], quirks: RequestQuirks = {}) {
    const asked = lifetime === undefined ? [] : [lifetimeAttribute(lifetime)];
    return this.request(METHOD_REFRESH, [...asked, ...attributes], quirks);
  }

  permit(...peers: readonly string[]): number | undefined {
    return this.withPeers(
      METHOD_CREATE_PERMISSION,
      peers.map((address) => ({ address, port: 0 })),
    );
  }

  bind(channel: number, peer: TransportAddress, quirks: RequestQuirks = {}): number | undefined {
    return this.withPeers(METHOD_CHANNEL_BIND, [peer], [channelNumberAttribute(channel)], quirks);
  }

  withPeers(
    method: number,
    peers: readonly TransportAddress[],
    attributes: readonly StunAttributeValue[] = [],
    quirks: RequestQuirks = {},
  ): number | undefined {
    this.hello();
    const transactionId = this.nextTransactionId();
    const named = peers.map((peer) => peerAttribute(peer, transactionId));
    return this.request(method, [...attributes, ...named], { ...quirks, transactionId });
  }

  printSend(peer: TransportAddress, data: Uint8Array, attributes: readonly StunAttributeValue[] = []): Uint8Array {
    const transactionId = this.nextTransactionId();
    const all = [peerAttribute(peer, transactionId), { type: ATTRIBUTE_DATA, value: data }, ...attributes];
    return printStun({ class: 'indication', method: METHOD_SEND, transactionId }, all);
  }

  sendTo(peer: TransportAddress, data: Uint8Array, attributes: readonly StunAttributeValue[] = []): void {
    this.send(this.printSend(peer, data, attributes));
  }

  sendOn(channel: number, data: Uint8Array): void {
    const header = new ByteWriter(4).u16(channel).u16(data.length).finish();
    const padding = this.transport === 'udp' ? 0 : (4 - (data.length % 4)) % 4;
    this.send(concat(header, data, new Uint8Array(padding)));
  }

  /** Whether the last answer carries a right tag of this algorithm. */
  lastIntegrity(passwordAlgorithm: PasswordAlgorithm = 'md5'): string {
    const answer = this.responses.at(-1);
    if (answer === undefined || this.credentials === undefined) return 'missing';
    const { username, password } = this.credentials;
    return checkIntegrity(crypto, answer, longTermKey(crypto, passwordAlgorithm, username, this.realm ?? '', password));
  }

  #message(bytes: Uint8Array): void {
    if (isChannelData(bytes[0])) {
      const data = bytes.slice(4, 4 + channelDataLength(bytes, 0));
      this.received.push({ data, channel: channelOf(bytes, 0) });
      return;
    }
    const message = parseStun(bytes);
    if (!message.ok) throw new Error(`the server sent nonsense: ${message.error}`);
    if (message.value.class !== 'indication' || message.value.method !== METHOD_DATA) {
      this.responses.push(message.value);
      return;
    }
    const peer = readXorAddress(message.value, ATTRIBUTE_XOR_PEER_ADDRESS);
    const data = findAttribute(message.value, ATTRIBUTE_DATA)?.value;
    if (peer === undefined || data === undefined) throw new Error('a Data indication without peer or data');
    this.received.push({ data, peer });
  }
}

/** 0 for success. */
export const statusOf = (answer: StunMessage | undefined): number | undefined =>
  answer?.class === 'success' ? 0 : answer && readErrorCode(answer)?.code;

export function peerAttribute(peer: TransportAddress, transactionId: Uint8Array): StunAttributeValue {
  const attribute = xorAddressAttribute(ATTRIBUTE_XOR_PEER_ADDRESS, peer, transactionId);
  if (attribute === undefined) throw new Error('not an IP address');
  return attribute;
}
