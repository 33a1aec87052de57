import { type Millis, type RandomBytes, sameAddress, type TransportAddress } from '@earshot/base';
import { formatIp, STUN_COOKIE, STUN_HEADER_LENGTH } from '@earshot/stun';
import {
  ATTRIBUTE_DATA,
  ATTRIBUTE_XOR_PEER_ADDRESS,
  CHANNEL_DATA_HEADER,
  channelDataLength,
  channelOf,
  METHOD_DATA,
  padded,
  writeChannelHeader,
} from '../wire/index.js';
import type { Allocation } from './allocation.js';
import type { Counters } from './counters.js';
import type { Flow } from './flow.js';
import { familyOf, judgeTarget } from './judge-peer.js';
import type { Peer } from './peer.js';
import type { PeerPolicy } from './peer-policy.js';
import { isRefusal, type Refusal } from './refusal.js';
import type { RelaySocket } from './relay-socket.js';
import { SendIndication } from './send-indication.js';
import type { TurnDrop, TurnServerIo } from './types.js';

/** The largest datagram with the headers that go before it, and padding. */
const LARGEST = 65_536 + 64;
/** The message type of an indication: class 0b01 (RFC 8489 section 5). */
const DATA_INDICATION = METHOD_DATA | 0x0010;

/** What the path of the data tells the server. Called rarely: for what is first, and for what is refused. */
export interface RelayingListener<Client, Relay> {
  /** The first data of an allocation in this direction. */
  relaying(allocation: Allocation<Client, Relay>, peer: Peer<Client, Relay>, direction: 'up' | 'down'): void;
  /** A Send indication to where the relay does not lead; no answer tells the client. */
  sendRefused(now: Millis, allocation: Allocation<Client, Relay>, refusal: Refusal): void;
}

/**
 * The path of relayed data (RFC 8656 sections 11 and 12). What belongs to a peer that is known makes no object, string
 * or closure on its way; all else is on the slow path. Each input says whether the data was sent on.
 */
export class Relaying<Client, Relay> {
  policy: PeerPolicy;
  readonly #io: Pick<TurnServerIo<Client, Relay>, 'toClient' | 'toPeer'>;
  readonly #counters: Counters;
  readonly #listener: RelayingListener<Client, Relay>;
  readonly #send = new SendIndication();
  /** What goes to clients is put together here. */
  readonly #out = new Uint8Array(LARGEST);
  readonly #view = new DataView(this.#out.buffer);
  /** Transaction IDs of Data indications: eight random bytes and a count. Nothing ever answers them. */
  readonly #transactionId: Uint8Array;
  #indications = 0;

  constructor(
    io: Pick<TurnServerIo<Client, Relay>, 'toClient' | 'toPeer'>,
    counters: Counters,
    policy: PeerPolicy,
    random: RandomBytes,
    listener: RelayingListener<Client, Relay>,
  ) {
    this.#io = io;
    this.#counters = counters;
    this.policy = policy;
    this.#listener = listener;
    this.#transactionId = random(8);
  }

  /** ChannelData from a client (section 12.6). */
  channelData(now: Millis, flow: Flow<Client, Relay>, bytes: Uint8Array, offset: number, length: number): boolean {
    // 1. Without an allocation it is silently ignored (section 5).
    const { allocation } = flow;
    if (allocation === undefined) return this.drop('no-allocation');
    // 2. Too short for what it claims to contain.
    const size = length < CHANNEL_DATA_HEADER ? -1 : channelDataLength(bytes, offset);
    if (size < 0 || size > length - CHANNEL_DATA_HEADER) return this.#dropUp(allocation, 'malformed');
    // 3. On a channel that is not bound.
    const peer = allocation.peerByChannel(channelOf(bytes, offset));
    if (peer === undefined || now >= peer.channelExpiresAt) return this.#dropUp(allocation, 'no-channel');
    return this.#toPeer(now, allocation, peer, bytes, offset + CHANNEL_DATA_HEADER, size);
  }

  /** A Send indication (section 11.2). */
  sendIndication(now: Millis, flow: Flow<Client, Relay>, bytes: Uint8Array, offset: number, length: number): boolean {
    const { allocation } = flow;
    if (allocation === undefined) return this.drop('no-allocation');
    // 1. Both XOR-PEER-ADDRESS and DATA, and nothing that is not understood.
    const send = this.#send;
    if (!send.read(bytes, offset, length)) return this.#dropUp(allocation, 'malformed');
    // 2. A peer with a permission, at an address and port that are allowed.
    const mask = offset + 4;
    const peer =
      allocation.peerByXoredName(bytes, send.addressAt, send.addressLength, mask, send.port) ??
      this.#peerNamed(now, allocation, bytes, mask);
    return peer !== undefined && this.#toPeer(now, allocation, peer, bytes, send.dataAt, send.dataLength);
  }

  /** A datagram at a relayed transport address (section 11.3). */
  fromPeer(now: Millis, relay: RelaySocket<Client, Relay>, bytes: Uint8Array, from: TransportAddress): boolean {
    const { allocation } = relay;
    if (allocation === undefined) return this.drop('no-allocation');
    // 1. There must be a permission for its source address; here its port, too, must be one that data may be sent to.
    let peer = relay.recent;
    if (peer === undefined || peer.target.port !== from.port || peer.target.address !== from.address) {
      peer = allocation.peerByTarget(relay, from) ?? this.#peerAt(now, relay, allocation, from);
      if (peer === undefined) return false;
      relay.recent = peer;
    }
    if (now >= peer.permission.expiresAt) return this.#dropDown(allocation, 'no-permission');
    if (!allocation.down.take(now, bytes.length)) return this.#dropDown(allocation, 'bandwidth');
    // 2. On the channel of the peer, or in a Data indication.
    const length = peer.hasChannel(now)
      ? this.#channelData(allocation, peer, bytes)
      : this.#dataIndication(peer, bytes);
    if (!this.#io.toClient(allocation.flow, this.#out, 0, length)) return this.#dropDown(allocation, 'blocked');
    this.#counters.packetsDown += 1;
    this.#counters.bytesDown += bytes.length;
    allocation.packetsDown += 1;
    allocation.bytesDown += bytes.length;
    if (allocation.packetsDown === 1) this.#listener.relaying(allocation, peer, 'down');
    return true;
  }

  drop(reason: TurnDrop): false {
    this.#counters.dropped[reason] += 1;
    return false;
  }

  #toPeer(
    now: Millis,
    allocation: Allocation<Client, Relay>,
    peer: Peer<Client, Relay>,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    const { relay } = peer.relay;
    if (now >= peer.permission.expiresAt || relay === undefined) return this.#dropUp(allocation, 'no-permission');
    if (!allocation.up.take(now, length)) return this.#dropUp(allocation, 'bandwidth');
    if (peer.hasTwin) allocation.prefer(peer);
    if (!this.#io.toPeer(relay, bytes, offset, length, peer.target)) return this.#dropUp(allocation, 'blocked');
    this.#counters.packetsUp += 1;
    this.#counters.bytesUp += length;
    allocation.packetsUp += 1;
    allocation.bytesUp += length;
    if (allocation.packetsUp === 1) this.#listener.relaying(allocation, peer, 'up');
    return true;
  }

  /** The first Send indication to a peer. */
  #peerNamed(
    now: Millis,
    allocation: Allocation<Client, Relay>,
    bytes: Uint8Array,
    mask: number,
  ): Peer<Client, Relay> | undefined {
    const { addressAt, addressLength, port } = this.#send;
    const ip = new Uint8Array(addressLength);
    for (let index = 0; index < addressLength; index += 1) {
      ip[index] = (bytes[addressAt + index] as number) ^ (bytes[mask + index] as number);
    }
    const judged = judgeTarget(this.policy, allocation, { address: formatIp(ip), port });
    if (isRefusal(judged)) {
      this.#dropUp(allocation, 'forbidden');
      this.#listener.sendRefused(now, allocation, judged);
      return undefined;
    }
    const { relay, name, target } = judged;
    const permission = allocation.permissionOf(now, name.address);
    if (permission === undefined) {
      this.#dropUp(allocation, 'no-permission');
      return undefined;
    }
    return allocation.addPeer(relay, name, target, permission);
  }

  /** The first datagram from a peer that the client has not sent to yet. */
  #peerAt(
    now: Millis,
    relay: RelaySocket<Client, Relay>,
    allocation: Allocation<Client, Relay>,
    from: TransportAddress,
  ): Peer<Client, Relay> | undefined {
    const names = this.policy.namesOf(from);
    if (names.length === 0) names.push({ address: from.address, port: from.port });
    for (const name of names) {
      const permission = allocation.permissionOf(now, name.address);
      if (permission === undefined || familyOf(permission.ip) !== relay.family) continue;
      const target = this.policy.targetOf(permission.ip, name.port);
      if (target !== undefined && sameAddress(target, from)) return allocation.addPeer(relay, name, target, permission);
    }
    this.#dropDown(allocation, 'no-permission');
    return undefined;
  }

  #channelData(allocation: Allocation<Client, Relay>, peer: Peer<Client, Relay>, data: Uint8Array): number {
    writeChannelHeader(this.#out, 0, peer.channel, data.length);
    this.#out.set(data, CHANNEL_DATA_HEADER);
    const length = CHANNEL_DATA_HEADER + data.length;
    return allocation.flow.transport === 'udp' ? length : this.#pad(length);
  }

  #dataIndication({ ip, name }: Peer<Client, Relay>, data: Uint8Array): number {
    const out = this.#out;
    const view = this.#view;
    let at = STUN_HEADER_LENGTH;
    view.setUint16(0, DATA_INDICATION);
    view.setUint32(4, STUN_COOKIE);
    out.set(this.#transactionId, 8);
    view.setUint32(16, this.#indications);
    this.#indications = (this.#indications + 1) >>> 0;

    view.setUint16(at, ATTRIBUTE_XOR_PEER_ADDRESS);
    view.setUint16(at + 2, 4 + ip.length);
    view.setUint16(at + 4, ip.length === 4 ? 1 : 2);
    view.setUint16(at + 6, name.port ^ (STUN_COOKIE >>> 16));
    // XORed with what stands in the header from the cookie on.
    for (let index = 0; index < ip.length; index += 1) {
      out[at + 8 + index] = (ip[index] as number) ^ (out[4 + index] as number);
    }
    at += 8 + ip.length;

    view.setUint16(at, ATTRIBUTE_DATA);
    view.setUint16(at + 2, data.length);
    out.set(data, at + 4);
    const length = this.#pad(at + 4 + data.length);
    view.setUint16(2, length - STUN_HEADER_LENGTH);
    return length;
  }

  #pad(length: number): number {
    const end = padded(length);
    for (let index = length; index < end; index += 1) this.#out[index] = 0;
    return end;
  }

  #dropUp(allocation: Allocation<Client, Relay>, reason: TurnDrop): false {
    this.#counters.dropped[reason] += 1;
    allocation.droppedUp += 1;
    return false;
  }

  #dropDown(allocation: Allocation<Client, Relay>, reason: TurnDrop): false {
    this.#counters.dropped[reason] += 1;
    allocation.droppedDown += 1;
    return false;
  }
}
