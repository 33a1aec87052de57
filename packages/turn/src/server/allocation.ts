import { type Millis, sameAddress, type TransportAddress } from '@earshot/base';
import { CHANNEL_LIFETIME, type IpFamily, PERMISSION_LIFETIME } from '../wire/index.js';
import type { AllocatePlan } from './allocate.js';
import type { Proof } from './authenticator.js';
import type { Flow } from './flow.js';
import { Peer, type Permission } from './peer.js';
import type { PeerPolicy } from './peer-policy.js';
import type { RelaySocket } from './relay-socket.js';
import { TokenBucket } from './token-bucket.js';
import type { TurnLimits } from './types.js';

/** What may be sent at once, whatever the rate: a burst of a second, and at least the largest datagram. */
const LEAST_BURST = 65_536;

/** Peers without a channel that are remembered; the oldest is forgotten first. */
const MAX_LOOSE_PEERS = 64;

/** An Allocate request that waits for its relays. */
export interface PendingAnswer<Client, Relay> {
  readonly transactionId: Uint8Array;
  readonly plan: AllocatePlan;
  /** To be reserved, at the port above that of the allocation. */
  next: RelaySocket<Client, Relay> | undefined;
}

/** What one client has of this server (RFC 8656 section 6). */
export class Allocation<Client, Relay> {
  readonly flow: Flow<Client, Relay>;
  /** Who made it; the only one who may change it (section 5). */
  readonly owner: Proof;
  readonly createdAt: Millis;
  /** One, or one of each family. */
  readonly relays: RelaySocket<Client, Relay>[] = [];
  /** As long as relays are being opened; then there is the answer to the Allocate request, to be repeated. */
  pending: PendingAnswer<Client, Relay> | undefined;
  answer: { readonly transactionId: Uint8Array; readonly bytes: Uint8Array } | undefined;

  readonly up: TokenBucket;
  readonly down: TokenBucket;
  packetsUp = 0;
  packetsDown = 0;
  bytesUp = 0;
  bytesDown = 0;
  droppedUp = 0;
  droppedDown = 0;

  readonly #limits: TurnLimits;
  /** Peers with a channel first. */
  #peers: Peer<Client, Relay>[] = [];
  #permissions: Permission[] = [];

  constructor(
    now: Millis,
    flow: Flow<Client, Relay>,
    owner: Proof,
    pending: PendingAnswer<Client, Relay>,
    limits: TurnLimits,
  ) {
    this.flow = flow;
    this.owner = owner;
    this.pending = pending;
    this.createdAt = now;
    this.#limits = limits;
    const bytesPerSecond = limits.bitsPerSecond / 8;
    const burst = Math.max(bytesPerSecond, LEAST_BURST);
    this.up = new TokenBucket(bytesPerSecond, burst);
    this.down = new TokenBucket(bytesPerSecond, burst);
  }

  relayOf(family: IpFamily): RelaySocket<Client, Relay> | undefined {
    return this.relays.find((relay) => relay.family === family && relay.state === 'open');
  }

  /** A permission that holds now. */
  permissionOf(now: Millis, address: string): Permission | undefined {
    const permission = this.#permissions.find((each) => each.address === address);
    return permission !== undefined && now < permission.expiresAt ? permission : undefined;
  }

  /** Installs or refreshes a permission (section 9); undefined: there are too many. */
  permit(now: Millis, address: string, ip: Uint8Array): Permission | undefined {
    const expiresAt = now + PERMISSION_LIFETIME;
    let permission = this.#permissions.find((each) => each.address === address);
    if (permission === undefined) {
      if (this.#permissions.length >= this.#limits.permissions) this.#forgetPermissions(now);
      if (this.#permissions.length >= this.#limits.permissions) return undefined;
      permission = { address, ip, expiresAt };
      this.#permissions.push(permission);
    }
    permission.expiresAt = expiresAt;
    return permission;
  }

  /** How many more permissions `permit` would install now. */
  permissionsLeft(now: Millis): number {
    if (this.#permissions.length >= this.#limits.permissions) this.#forgetPermissions(now);
    return this.#limits.permissions - this.#permissions.length;
  }

  hasPermissionFor(address: string): boolean {
    return this.#permissions.some((permission) => permission.address === address);
  }

  peerByChannel(channel: number): Peer<Client, Relay> | undefined {
    for (const peer of this.#peers) if (peer.channel === channel) return peer;
    return undefined;
  }

  peerByName({ address, port }: TransportAddress): Peer<Client, Relay> | undefined {
    for (const peer of this.#peers) if (peer.name.port === port && peer.name.address === address) return peer;
    return undefined;
  }

  /** The peer whose packets come from there; of twins the one that the client sent to last. */
  peerByTarget(
    relay: RelaySocket<Client, Relay>,
    { address, port }: TransportAddress,
  ): Peer<Client, Relay> | undefined {
    for (const peer of this.#peers) {
      if (peer.target.port === port && peer.target.address === address && peer.relay === relay) return peer;
    }
    return undefined;
  }

  /** The peer that a XOR-PEER-ADDRESS names; `mask` is where the cookie and the transaction ID begin. */
  peerByXoredName(bytes: Uint8Array, at: number, length: number, mask: number, port: number) {
    for (const peer of this.#peers) {
      if (peer.name.port !== port || peer.ip.length !== length) continue;
      let index = 0;
      while (index < length && ((bytes[at + index] as number) ^ (bytes[mask + index] as number)) === peer.ip[index]) {
        index += 1;
      }
      if (index === length) return peer;
    }
    return undefined;
  }

  addPeer(
    relay: RelaySocket<Client, Relay>,
    name: TransportAddress,
    target: TransportAddress,
    permission: Permission,
  ): Peer<Client, Relay> {
    const loose = this.#peers.filter((peer) => peer.channel === 0);
    const oldest = loose.length >= MAX_LOOSE_PEERS ? loose[0] : undefined;
    if (oldest !== undefined) this.#remove((peer) => peer === oldest);
    const peer = new Peer(relay, name, target, permission);
    for (const other of this.#peers) {
      if (sameAddress(other.target, target)) {
        other.hasTwin = true;
        peer.hasTwin = true;
      }
    }
    this.#peers.push(peer);
    return peer;
  }

  /** How many more channels could be bound now. */
  channelsLeft(now: Millis): number {
    let left = this.#limits.channels;
    for (const peer of this.#peers) {
      if (peer.hasChannel(now)) left -= 1;
      else peer.channel = 0;
    }
    return left;
  }

  /** Binds a channel, or refreshes the binding (section 12). */
  bind(now: Millis, peer: Peer<Client, Relay>, channel: number): void {
    if (peer.channel === 0) this.#peers = [peer, ...this.#peers.filter((other) => other !== peer)];
    peer.channel = channel;
    peer.channelExpiresAt = now + CHANNEL_LIFETIME;
  }

  /** Of twins this one is meant from now on. */
  prefer(peer: Peer<Client, Relay>): void {
    const index = this.#peers.indexOf(peer);
    for (let at = index; at > 0; at -= 1) this.#peers[at] = this.#peers[at - 1] as Peer<Client, Relay>;
    this.#peers[0] = peer;
    peer.relay.recent = peer;
  }

  removePeersOf(relay: RelaySocket<Client, Relay>): void {
    this.#remove((peer) => peer.relay === relay);
  }

  /** Takes up another policy: what it forbids ends. */
  apply(policy: PeerPolicy): void {
    this.#permissions = this.#permissions.filter(({ ip }) => policy.allowsAddress(ip));
    this.#remove((peer) => {
      const target = policy.targetOf(peer.ip, peer.name.port);
      if (target !== undefined && !sameAddress(target, peer.target)) peer.target = target;
      return target === undefined;
    });
    for (const peer of this.#peers) {
      peer.hasTwin = this.#peers.some((other) => other !== peer && sameAddress(other.target, peer.target));
    }
  }

  /** Expired permissions go, and with them their peers, but for those that have a channel. */
  #forgetPermissions(now: Millis): void {
    const isKept = (permission: Permission): boolean =>
      now < permission.expiresAt || this.#peers.some((peer) => peer.permission === permission && peer.hasChannel(now));
    this.#permissions = this.#permissions.filter(isKept);
    this.#remove((peer) => !this.#permissions.includes(peer.permission));
  }

  #remove(isGone: (peer: Peer<Client, Relay>) => boolean): void {
    this.#peers = this.#peers.filter((peer) => !isGone(peer));
    for (const relay of this.relays) relay.recent = undefined;
  }
}
