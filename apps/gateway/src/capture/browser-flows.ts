import type { TransportAddress } from '@earshot/base';
import { toHex } from '@earshot/base';
import {
  ATTRIBUTE_ICE_CONTROLLING,
  ATTRIBUTE_USE_CANDIDATE,
  ATTRIBUTE_USERNAME,
  findAttribute,
  METHOD_BINDING,
  parseStun,
  readErrorCode,
  readText,
} from '@earshot/stun';
import { DtlsWatch } from './dtls-watch.js';
import { endOf, type Packet } from './packets.js';

/** Checks of one outcome between two ends. */
export interface Checks {
  readonly outcome: 'valid' | 'nominating' | 'bad-integrity' | 'unanswered';
  readonly from: TransportAddress;
  readonly local: TransportAddress;
  readonly at: number;
  until: number;
  count: number;
}

/** One browser and whom it speaks to, by the names of their ICE agents: all that passed between them. */
export interface BrowserCall {
  readonly id: string;
  readonly startedAt: number;
  lastAt: number;
  readonly checks: Checks[];
  readonly dtls: DtlsWatch;
  /** The pairs of ends that were tried, as `from to` from the browser's side. */
  readonly paths: Set<string>;
  nominatedAt?: number;
  nominated?: Checks;
}

interface Pending {
  readonly call: BrowserCall;
  readonly at: number;
  readonly from: TransportAddress;
  readonly local: TransportAddress;
  readonly nominates: boolean;
}

const MAX_CALLS = 1_000;
const MAX_PATHS = 4_000;
const MAX_PENDING = 2_000;
const MAX_CHECKS = 64;

const STUN_COOKIE_AT = 4;
const isStun = (bytes: Uint8Array): boolean =>
  bytes.length >= 20 &&
  (bytes[0] as number) < 4 &&
  toHex(bytes.subarray(STUN_COOKIE_AT, STUN_COOKIE_AT + 4)) === '2112a442';
const isDtls = (bytes: Uint8Array): boolean =>
  bytes.length >= 13 && (bytes[0] as number) >= 20 && (bytes[0] as number) <= 63;

/** What passes between browsers and their media servers: STUN, DTLS, and by which ends SRTP is to be expected. */
export class BrowserFlows {
  readonly #calls = new Map<string, BrowserCall>();
  /** Call by path, both ways; with whether it leads from the browser. */
  readonly #paths = new Map<string, { readonly call: BrowserCall; readonly isFromBrowser: boolean }>();
  readonly #pending = new Map<string, Pending>();
  /** TURN messages: what is inside relays is not looked at. */
  relayMessages = 0;

  get all(): readonly BrowserCall[] {
    for (const pending of this.#pending.values()) note(pending, 'unanswered', pending.at);
    this.#pending.clear();
    return [...this.#calls.values()];
  }

  /** Whether the packet was STUN or DTLS, and is dealt with. */
  take(packet: Packet): boolean {
    if (isStun(packet.payload)) return this.#takeStun(packet);
    if (!isDtls(packet.payload)) return false;
    const path = this.#paths.get(pathOf(packet));
    if (path === undefined) return false;
    path.call.lastAt = packet.at;
    path.call.dtls.take(packet.at, packet.payload, path.isFromBrowser ? 'in' : 'out');
    return true;
  }

  /** The browser's call that a packet belongs to, if any. */
  callOf(packet: Packet): BrowserCall | undefined {
    return this.#paths.get(pathOf(packet))?.call;
  }

  #takeStun(packet: Packet): boolean {
    const message = parseStun(packet.payload);
    if (!message.ok) return false;
    if (message.value.method !== METHOD_BINDING) {
      this.relayMessages += 1;
      return true;
    }
    const key = toHex(message.value.transactionId);
    if (message.value.class === 'request') {
      const name = findAttribute(message.value, ATTRIBUTE_USERNAME);
      const username = name === undefined ? undefined : readText(message.value, ATTRIBUTE_USERNAME);
      // Only the browser controls a server that is ICE-lite; requests the other way are its own consent checks.
      if (username === undefined || findAttribute(message.value, ATTRIBUTE_ICE_CONTROLLING) === undefined) return true;
      this.#takeCheck(packet, key, username, findAttribute(message.value, ATTRIBUTE_USE_CANDIDATE) !== undefined);
      return true;
    }
    const pending = this.#pending.get(key);
    if (pending === undefined) return true;
    this.#pending.delete(key);
    pending.call.lastAt = packet.at;
    if (message.value.class === 'error') {
      if (readErrorCode(message.value)?.code === 401) note(pending, 'bad-integrity', pending.at);
      return true;
    }
    const checks = note(pending, pending.nominates ? 'nominating' : 'valid', pending.at);
    if (pending.nominates && pending.call.nominated === undefined && checks !== undefined) {
      pending.call.nominated = checks;
      pending.call.nominatedAt = packet.at;
    }
    return true;
  }

  #takeCheck(packet: Packet, key: string, username: string, nominates: boolean): void {
    const { at, source, sourcePort, destination, destinationPort } = packet;
    const call = this.#calls.get(username) ?? this.#begin(username, at);
    if (call === undefined) return;
    call.lastAt = at;
    const there = pathOf(packet);
    if (!this.#paths.has(there) && this.#paths.size < MAX_PATHS) {
      const back = `${endOf(destination, destinationPort)} ${endOf(source, sourcePort)}`;
      this.#paths.set(there, { call, isFromBrowser: true });
      this.#paths.set(back, { call, isFromBrowser: false });
    }
    call.paths.add(there);
    const known = this.#pending.get(key);
    if (known !== undefined) return;
    if (this.#pending.size >= MAX_PENDING) this.#expire(at);
    this.#pending.set(key, {
      call,
      at,
      from: { address: source, port: sourcePort },
      local: { address: destination, port: destinationPort },
      nominates,
    });
  }

  #begin(id: string, at: number): BrowserCall | undefined {
    if (this.#calls.size >= MAX_CALLS) return undefined;
    const call: BrowserCall = { id, startedAt: at, lastAt: at, checks: [], dtls: new DtlsWatch(), paths: new Set() };
    this.#calls.set(id, call);
    return call;
  }

  /** A check that was not answered for so long will not be. */
  #expire(now: number): void {
    for (const [key, pending] of this.#pending) {
      if (now - pending.at < 10_000 && this.#pending.size < MAX_PENDING * 2) continue;
      note(pending, 'unanswered', pending.at);
      this.#pending.delete(key);
    }
  }
}

const pathOf = ({ source, sourcePort, destination, destinationPort }: Packet): string =>
  `${endOf(source, sourcePort)} ${endOf(destination, destinationPort)}`;

function note({ call, from, local }: Pending, outcome: Checks['outcome'], at: number): Checks | undefined {
  const known = call.checks.find(
    (one) => one.outcome === outcome && one.from.address === from.address && one.from.port === from.port,
  );
  if (known !== undefined) {
    known.count += 1;
    known.until = Math.max(known.until, at);
    return known;
  }
  if (call.checks.length >= MAX_CHECKS) return undefined;
  const checks: Checks = { outcome, from, local, at, until: at, count: 1 };
  call.checks.push(checks);
  return checks;
}
