import type { TransportAddress } from '@earshot/base';
import { readU32 } from '@earshot/rtp';
import { stunUsernameOf } from '@earshot/stun';
import { classifyPacket, type LocalCandidate, PACKET_RTP, PACKET_STUN } from '@earshot/webrtc';
import type { UdpSocket } from './udp.js';

/** Where the shared sockets hand a datagram to. `local`: which of them it came to. */
export interface BrowserRoute {
  receive(packet: Uint8Array, from: TransportAddress, local: LocalCandidate): void;
  /**
   * An RTP packet of a stream that this leg knows by its SSRC, from an address that nobody knows. False, and the packet
   * as it was, where it is not authentic or not newer than all before.
   */
  receiveForeign(packet: Uint8Array, from: TransportAddress, local: LocalCandidate): boolean;
}

interface Local extends TransportAddress {
  priority: number;
}

interface Entry {
  readonly address: string;
  readonly route: BrowserRoute;
}

/** Addresses remembered for one leg: a browser's interfaces and their NAT bindings over a long call. */
const MAX_ADDRESSES = 32;
/** Streams remembered for one leg: a browser has one at a time. */
const MAX_SSRCS = 4;
/** Legs with one SSRC. It is random, so that two are an accident and more somebody's intent. */
const MAX_SHARING = 4;
const RTP_HEADER = 12;
const SSRC_OFFSET = 8;

/**
 * The UDP sockets that all browsers of a worker share, one for each address of this machine, so that an answer leaves
 * from the address that was asked. A connectivity check finds its leg by the local part of its USERNAME, everything else
 * by the address that a check of that leg has validated. Media from an unknown address finds the leg that heard its SSRC
 * before, which takes it only where it is authentic: a NAT has rebound (compare RFC 9146 for DTLS).
 */
export class BrowserPort {
  readonly #byUfrag = new Map<string, BrowserRoute>();
  readonly #ufrags = new Map<BrowserRoute, readonly string[]>();
  /** By port, then by address: a look-up makes no string. */
  readonly #byPort = new Map<number, Entry[]>();
  readonly #addresses = new Map<BrowserRoute, TransportAddress[]>();
  readonly #bySsrc = new Map<number, readonly BrowserRoute[]>();
  readonly #ssrcs = new Map<BrowserRoute, number[]>();
  /** Found by identity: the sessions give back the object that came with a datagram. */
  readonly #sockets = new Map<LocalCandidate, UdpSocket>();
  readonly #locals = new Map<UdpSocket, Local>();
  readonly #outer = new Map<string, string>();
  /** Datagrams that belong to no leg. */
  strays = 0;

  /** Listens on one more socket. `priority`: of the candidate that leads there. */
  open(socket: UdpSocket, priority: number): void {
    const { address, port } = socket.local;
    const local: Local = { address, port, priority };
    this.#locals.set(socket, local);
    this.#sockets.set(local, socket);
    socket.onPacket = (packet, from) => this.#receive(packet, from, local);
  }

  setPriority(socket: UdpSocket, priority: number): void {
    const local = this.#locals.get(socket);
    if (local !== undefined) local.priority = priority;
  }

  /** Closes a socket. Legs that sent from it are silent until a check of theirs comes to another one. */
  close(socket: UdpSocket): void {
    const local = this.#locals.get(socket);
    if (local !== undefined) this.#sockets.delete(local);
    this.#locals.delete(socket);
    socket.close();
  }

  closeAll(): void {
    for (const socket of [...this.#sockets.values()]) this.close(socket);
  }

  /** Undefined once it is closed. */
  socketOf(local: LocalCandidate): UdpSocket | undefined {
    return this.#sockets.get(local);
  }

  /** By which address each of ours is known outside, where that is another (1:1 NAT). */
  setOuterAddresses(outer: Iterable<readonly [local: string, outer: string]>): void {
    this.#outer.clear();
    for (const [local, address] of outer) this.#outer.set(local, address);
  }

  /** How others see an address: who sends from one of ours, as a relay on this machine does, is known by the outer one. */
  seenFromOutside(from: TransportAddress): TransportAddress {
    const address = this.#outer.get(from.address);
    return address === undefined ? from : { address, port: from.port };
  }

  /** By which checks find this leg from now on. What it had before and has no more is forgotten, however often it restarts. */
  setUfrags(route: BrowserRoute, ufrags: readonly string[]): void {
    for (const ufrag of this.#ufrags.get(route) ?? []) this.#byUfrag.delete(ufrag);
    this.#ufrags.set(route, ufrags);
    for (const ufrag of ufrags) this.#byUfrag.set(ufrag, route);
  }

  /** From now on what comes from `from` belongs to `route`, whoever had that address before. */
  addAddress(route: BrowserRoute, from: TransportAddress): void {
    const holder = this.#find(from);
    if (holder === route) return;
    if (holder !== undefined) this.#removeAddress(from);
    const own = this.#addresses.get(route) ?? [];
    if (own.length >= MAX_ADDRESSES) {
      const oldest = own.shift();
      if (oldest !== undefined) this.#removeAddress(oldest);
    }
    own.push({ address: from.address, port: from.port });
    this.#addresses.set(route, own);
    const entries = this.#byPort.get(from.port);
    if (entries === undefined) this.#byPort.set(from.port, [{ address: from.address, route }]);
    else entries.push({ address: from.address, route });
  }

  /** An authentic packet of this leg had this SSRC: it is found by it from now on. */
  addSsrc(route: BrowserRoute, ssrc: number): void {
    const own = this.#ssrcs.get(route) ?? [];
    if (own.includes(ssrc)) return;
    const sharing = this.#bySsrc.get(ssrc) ?? [];
    if (sharing.length >= MAX_SHARING) return;
    this.#bySsrc.set(ssrc, [...sharing, route]);
    own.push(ssrc);
    this.#ssrcs.set(route, own);
    const oldest = own.length > MAX_SSRCS ? own.shift() : undefined;
    if (oldest !== undefined) this.#removeSsrc(route, oldest);
  }

  remove(route: BrowserRoute): void {
    for (const ssrc of this.#ssrcs.get(route) ?? []) this.#removeSsrc(route, ssrc);
    this.#ssrcs.delete(route);
    this.setUfrags(route, []);
    this.#ufrags.delete(route);
    for (const address of this.#addresses.get(route) ?? []) {
      if (this.#find(address) === route) this.#removeAddress(address);
    }
    this.#addresses.delete(route);
  }

  #receive(packet: Uint8Array, from: TransportAddress, local: LocalCandidate): void {
    let route: BrowserRoute | undefined;
    const kind = classifyPacket(packet[0], packet[1]);
    if (kind === PACKET_STUN) route = this.#findByCheck(packet);
    route ??= this.#find(from);
    if (route !== undefined) route.receive(packet, from, local);
    else if (kind !== PACKET_RTP || !this.#receiveForeign(packet, from, local)) this.strays += 1;
  }

  /** A packet that does not open stays as it came: the next leg may try. */
  #receiveForeign(packet: Uint8Array, from: TransportAddress, local: LocalCandidate): boolean {
    if (packet.length < RTP_HEADER) return false;
    const sharing = this.#bySsrc.get(readU32(packet, SSRC_OFFSET));
    if (sharing === undefined) return false;
    for (const route of sharing) if (route.receiveForeign(packet, from, local)) return true;
    return false;
  }

  /** USERNAME is the receiver's ufrag, a colon, the sender's ufrag (RFC 8445 section 7.2.2). */
  #findByCheck(packet: Uint8Array): BrowserRoute | undefined {
    const username = stunUsernameOf(packet);
    return username === undefined ? undefined : this.#byUfrag.get(username.slice(0, username.indexOf(':')));
  }

  #find({ address, port }: TransportAddress): BrowserRoute | undefined {
    const entries = this.#byPort.get(port);
    if (entries === undefined) return undefined;
    for (const entry of entries) if (entry.address === address) return entry.route;
    return undefined;
  }

  #removeSsrc(route: BrowserRoute, ssrc: number): void {
    const rest = this.#bySsrc.get(ssrc)?.filter((other) => other !== route) ?? [];
    if (rest.length === 0) this.#bySsrc.delete(ssrc);
    else this.#bySsrc.set(ssrc, rest);
  }

  #removeAddress({ address, port }: TransportAddress): void {
    const rest = this.#byPort.get(port)?.filter((entry) => entry.address !== address) ?? [];
    if (rest.length === 0) this.#byPort.delete(port);
    else this.#byPort.set(port, rest);
  }
}
