import { type Fault, fault, type Millis, type TransportAddress } from '@earshot/base';
import {
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  findAttribute,
  parseStun,
  printStun,
  readXorAddress,
  type StunAttributeValue,
  type StunMessage,
  xorAddressAttribute,
} from '@earshot/stun';
import {
  ATTRIBUTE_DATA,
  ATTRIBUTE_REQUESTED_ADDRESS_FAMILY,
  ATTRIBUTE_XOR_PEER_ADDRESS,
  ATTRIBUTE_XOR_RELAYED_ADDRESS,
  addressFamilyAttribute,
  CHANNEL_DATA_HEADER,
  channelDataLength,
  channelNumberAttribute,
  channelOf,
  DEFAULT_LIFETIME,
  isChannelData,
  lifetimeAttribute,
  METHOD_DATA,
  METHOD_SEND,
  PROTOCOL_UDP,
  padded,
  readLifetime,
  requestedTransportAttribute,
  writeChannelHeader,
} from '../wire/index.js';
import type { TurnRequest } from './faults.js';
import { type PeerGrant, Peers } from './peers.js';
import { type Asked, type Outcome, Requests } from './requests.js';
import type { TurnClientEvent, TurnClientOptions, TurnClientOutput, TurnClientState } from './types.js';

/** An allocation is refreshed a minute before it ends (RFC 8656 section 8), a short one at half its time. */
const REFRESH_EARLY_MS = 60_000;

/** The client side of RFC 8656: one allocation on one 5-tuple. */
export class TurnClient {
  readonly #options: TurnClientOptions;
  readonly #lifetimeMs: number;
  readonly #requests: Requests;
  readonly #peers = new Peers();
  #outputs: TurnClientOutput[] = [];
  #state: TurnClientState = 'idle';
  #relayed: TransportAddress | undefined;
  #refreshAt: Millis | undefined;
  #expiresAt: Millis | undefined;

  constructor(options: TurnClientOptions) {
    this.#options = options;
    this.#lifetimeMs = options.lifetimeMs ?? DEFAULT_LIFETIME;
    this.#requests = new Requests(options);
  }

  get state(): TurnClientState {
    return this.#state;
  }

  get relayed(): TransportAddress | undefined {
    return this.#relayed;
  }

  /** RFC 8656 section 7.1. Once; `allocated`, or `failed` and `closed`, follows. */
  allocate(now: Millis): TurnClientOutput[] {
    if (this.#state !== 'idle') return [];
    this.#state = 'allocating';
    const { family } = this.#options;
    this.#ask(now, 'allocate', () => [
      requestedTransportAttribute(PROTOCOL_UDP),
      ...(family === undefined ? [] : [addressFamilyAttribute(ATTRIBUTE_REQUESTED_ADDRESS_FAMILY, family)]),
      lifetimeAttribute(this.#lifetimeMs),
    ]);
    return this.#take();
  }

  /** Lets an IP address send to the relayed address, and be sent to (RFC 8656 section 9). Renewed until closed. */
  permit(now: Millis, address: string): TurnClientOutput[] {
    if (this.#state === 'allocated') this.#askFor(now, { kind: 'permission', address });
    return this.#take();
  }

  /** Binds a channel to a peer (RFC 8656 section 12), which permits it too. Renewed until closed. */
  bindChannel(now: Millis, peer: TransportAddress): TurnClientOutput[] {
    const channel = this.#state === 'allocated' ? this.#peers.channelFor(peer) : undefined;
    if (channel !== undefined) this.#askFor(now, { kind: 'channel', peer, channel });
    return this.#take();
  }

  /** Refreshes at once what is refreshed in time by itself (RFC 8656 section 8). */
  refresh(now: Millis): TurnClientOutput[] {
    if (this.#state === 'allocated') this.#refresh(now, this.#lifetimeMs);
    return this.#take();
  }

  /** Releases the allocation. `closed` follows when the server has answered, or has not for long. */
  close(now: Millis): TurnClientOutput[] {
    const { state } = this;
    if (state === 'closing' || state === 'closed') return [];
    this.#requests.clear();
    if (state === 'allocated') {
      this.#state = 'closing';
      this.#refresh(now, 0);
    } else {
      this.#closed();
    }
    return this.#take();
  }

  /**
   * The bytes that carry `payload` to a peer: ChannelData where a channel is bound, else a Send indication. Undefined
   * without an allocation, or where `peer` is not an IP address.
   */
  dataTo(peer: TransportAddress, payload: Uint8Array): Uint8Array | undefined {
    if (this.#state !== 'allocated') return undefined;
    const { crypto, transport } = this.#options;
    const channel = this.#peers.channelOf(peer);
    if (channel !== undefined) return printChannelData(channel, payload, transport !== 'udp');
    const transactionId = crypto.randomBytes(12);
    const address = xorAddressAttribute(ATTRIBUTE_XOR_PEER_ADDRESS, peer, transactionId);
    if (address === undefined) return undefined;
    const attributes = [address, { type: ATTRIBUTE_DATA, value: payload }];
    return printStun({ class: 'indication', method: METHOD_SEND, transactionId }, attributes);
  }

  /** One message from the server: a datagram, or what the framing of a connection gave. */
  receive(now: Millis, bytes: Uint8Array): TurnClientOutput[] {
    if (isChannelData(bytes[0])) {
      this.#receiveChannelData(bytes);
      return this.#take();
    }
    const message = parseStun(bytes);
    if (!message.ok || message.value.class === 'request') return [];
    if (message.value.class === 'indication') {
      this.#receiveIndication(message.value);
    } else {
      const outcome = this.#requests.receive(now, message.value);
      if (outcome !== undefined) this.#handle(now, outcome);
    }
    return this.#take();
  }

  /** When `handleTimeout` has something to do. */
  get nextTimeout(): Millis | undefined {
    if (this.#state === 'closed') return undefined;
    const renewal = this.#state === 'allocated' ? earlier(this.#refreshAt, this.#peers.nextRenewal) : undefined;
    return earlier(earlier(this.#expiresAt, renewal), this.#requests.nextTimeout);
  }

  handleTimeout(now: Millis): TurnClientOutput[] {
    for (const outcome of this.#requests.handleTimeout(now)) this.#handle(now, outcome);
    if (this.#expiresAt !== undefined && now >= this.#expiresAt) this.#closed();
    if (this.#state === 'allocated') this.#renew(now);
    return this.#take();
  }

  #renew(now: Millis): void {
    for (const grant of this.#peers.takeDue(now)) this.#askFor(now, grant);
    if (this.#refreshAt !== undefined && now >= this.#refreshAt) this.#refresh(now, this.#lifetimeMs);
  }

  #refresh(now: Millis, lifetimeMs: number): void {
    this.#refreshAt = undefined;
    this.#ask(now, 'refresh', () => [lifetimeAttribute(lifetimeMs)]);
  }

  #askFor(now: Millis, grant: PeerGrant): void {
    const isChannel = grant.kind === 'channel';
    const peer = isChannel ? grant.peer : { address: grant.address, port: 0 };
    const attributes = (transactionId: Uint8Array): StunAttributeValue[] => {
      const address = xorAddressAttribute(ATTRIBUTE_XOR_PEER_ADDRESS, peer, transactionId);
      const channel = isChannel ? [channelNumberAttribute(grant.channel)] : [];
      return address === undefined ? channel : [...channel, address];
    };
    this.#ask(now, isChannel ? 'channel-bind' : 'create-permission', attributes, grant);
  }

  #ask(now: Millis, request: TurnRequest, attributes: Asked['attributes'], grant?: PeerGrant): void {
    const asked = { request, attributes, ...(grant === undefined ? {} : { grant }) };
    this.#outputs.push({ type: 'send', bytes: this.#requests.ask(now, asked) });
  }

  #handle(now: Millis, outcome: Outcome): void {
    switch (outcome.type) {
      case 'again':
        this.#outputs.push({ type: 'send', bytes: outcome.bytes });
        break;
      case 'failed':
        this.#failed(outcome.asked, outcome.fault, outcome.status);
        break;
      case 'success':
        this.#succeeded(now, outcome.asked, outcome.response);
    }
  }

  #failed({ request, grant }: Asked, failure: Fault, status?: number): void {
    if (grant !== undefined) this.#peers.refused(grant);
    if (this.#state !== 'closing') {
      const peer = grant?.kind === 'channel' ? grant.peer.address : grant?.address;
      const about = { ...(status === undefined ? {} : { status }), ...(peer === undefined ? {} : { peer }) };
      this.#emit({ type: 'failed', request, fault: failure, ...about });
    }
    // A refresh that was refused leaves the allocation its time, unless the server says that there is none.
    const isGone = failure.code === 'turn.allocation_mismatch' && request === 'refresh';
    if (request === 'allocate' || isGone || this.#state === 'closing') this.#closed();
  }

  #succeeded(now: Millis, asked: Asked, response: StunMessage): void {
    switch (asked.request) {
      case 'allocate':
        this.#allocated(now, asked, response);
        break;
      case 'refresh':
        if (this.#state === 'closing') this.#closed();
        else this.#emit({ type: 'refreshed', lifetimeMs: this.#lasts(now, response) });
        break;
      default:
        this.#granted(now, asked.grant);
    }
  }

  #allocated(now: Millis, asked: Asked, response: StunMessage): void {
    const relayed = readXorAddress(response, ATTRIBUTE_XOR_RELAYED_ADDRESS);
    const mapped = readXorAddress(response, ATTRIBUTE_XOR_MAPPED_ADDRESS);
    if (relayed === undefined || mapped === undefined) {
      this.#failed(asked, fault('turn.bad_request', 'allocate: a success without addresses'));
      return;
    }
    this.#state = 'allocated';
    this.#relayed = relayed;
    this.#emit({ type: 'allocated', relayed, mapped, lifetimeMs: this.#lasts(now, response) });
  }

  #granted(now: Millis, grant: PeerGrant | undefined): void {
    if (grant === undefined) return;
    this.#peers.granted(now, grant);
    if (grant.kind === 'permission') this.#emit({ type: 'permitted', address: grant.address });
    else this.#emit({ type: 'bound', peer: grant.peer, channel: grant.channel });
  }

  /** Notes how long the allocation lasts from now, in ms. */
  #lasts(now: Millis, response: StunMessage): number {
    const lifetimeMs = readLifetime(response) ?? DEFAULT_LIFETIME;
    this.#expiresAt = now + lifetimeMs;
    this.#refreshAt = now + Math.max(lifetimeMs - REFRESH_EARLY_MS, lifetimeMs / 2);
    return lifetimeMs;
  }

  /** RFC 8656 section 12.6: what comes on a channel that is not bound, or is cut short, is dropped. */
  #receiveChannelData(bytes: Uint8Array): void {
    if (bytes.length < CHANNEL_DATA_HEADER) return;
    const end = CHANNEL_DATA_HEADER + channelDataLength(bytes, 0);
    const peer = this.#peers.peerOf(channelOf(bytes, 0));
    if (peer === undefined || end > bytes.length) return;
    this.#emit({ type: 'data', peer, payload: bytes.subarray(CHANNEL_DATA_HEADER, end) });
  }

  #receiveIndication(message: StunMessage): void {
    const peer = readXorAddress(message, ATTRIBUTE_XOR_PEER_ADDRESS);
    const payload = findAttribute(message, ATTRIBUTE_DATA)?.value;
    if (message.method !== METHOD_DATA || peer === undefined || payload === undefined) return;
    this.#emit({ type: 'data', peer, payload });
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#requests.clear();
    this.#emit({ type: 'closed' });
  }

  #emit(event: TurnClientEvent): void {
    this.#outputs.push({ type: 'event', event });
  }

  #take(): TurnClientOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}

/** Padded over TCP and TLS, which a datagram needs not be (RFC 8656 section 12.5). */
function printChannelData(channel: number, payload: Uint8Array, isPadded: boolean): Uint8Array {
  const length = CHANNEL_DATA_HEADER + payload.length;
  const bytes = new Uint8Array(isPadded ? padded(length) : length);
  writeChannelHeader(bytes, 0, channel, payload.length);
  bytes.set(payload, CHANNEL_DATA_HEADER);
  return bytes;
}

const earlier = (a: Millis | undefined, b: Millis | undefined): Millis | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);
