import { type Millis, Pii, type TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { SipAgent } from '../agent/agent.js';
import type { SipAgentOptions, SipEvent, SipFlow, SipInput } from '../agent/types.js';
import type { SipMessage } from '../message/message.js';
import { readMessage } from '../message/parse.js';

/** Input without the time, which the network adds. */
export type Act = SipInput extends infer I ? (I extends SipInput ? Omit<I, 'now'> : never) : never;

/** A small generator (mulberry32) with a seed, 0 <= n < 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function seededCrypto(seed: number): typeof nodeCrypto {
  const random = seededRandom(seed);
  return { ...nodeCrypto, randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256)) };
}

export const secret = (text: string): Pii<string> => new Pii(text);

export function parsed(bytes: Uint8Array): SipMessage {
  const read = readMessage(bytes);
  if (!('message' in read)) throw new Error(`${read.error.where}: ${read.error.detail}`);
  return read.message;
}

export interface Datagram {
  readonly at: Millis;
  readonly from: TransportAddress;
  readonly to: TransportAddress;
  readonly bytes: Uint8Array;
}

/** What becomes of a datagram: how many copies arrive, and after how long (ms). */
export type Fate = (datagram: Datagram) => readonly Millis[];

const same = (a: TransportAddress, b: TransportAddress) => a.address === b.address && a.port === b.port;

/** One agent on the virtual network, with all that happened to it. */
export class Host {
  readonly address: TransportAddress;
  readonly agent: SipAgent;
  readonly events: SipEvent[] = [];
  readonly #network: VirtualNetwork;

  constructor(network: VirtualNetwork, address: TransportAddress, options: Partial<SipAgentOptions>, seed: number) {
    this.#network = network;
    this.address = address;
    this.agent = new SipAgent({
      crypto: seededCrypto(seed),
      userAgent: 'Earshot',
      contactFor: () => address,
      ...options,
    });
  }

  flowTo(remote: { readonly address: TransportAddress } | TransportAddress): SipFlow {
    const { address } = remote;
    return {
      transport: 'udp',
      local: this.address,
      remote: typeof address === 'string' ? (remote as TransportAddress) : address,
    };
  }

  act(input: Act): void {
    for (const output of this.agent.handle({ ...input, now: this.#network.now } as SipInput)) {
      if (output.type === 'event') this.events.push(output.event);
      else this.#network.carry(this.address, output.flow.remote, output.bytes);
    }
    if (input.type !== 'timeout') this.onEvents();
  }

  /** Reacts to new events; a test replaces it. */
  react: (event: SipEvent) => void = () => {};
  #seen = 0;

  onEvents(): void {
    for (let event = this.events[this.#seen]; event !== undefined; event = this.events[this.#seen]) {
      this.#seen += 1;
      this.react(event);
    }
  }

  of<T extends SipEvent['type']>(type: T): Extract<SipEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<SipEvent, { type: T }> => event.type === type);
  }

  /** The events of calls, in short: `progress 180`, `ended remote`. */
  get story(): string[] {
    return this.events.flatMap((event) => {
      if (event.type === 'message') return [];
      const more =
        event.type === 'progress'
          ? ` ${event.status}`
          : event.type === 'failed'
            ? ` ${event.fault.code}`
            : event.type === 'ended'
              ? ` ${event.by}${event.fault === undefined ? '' : ` ${event.fault.code}`}`
              : '';
      return [event.type + more];
    });
  }
}

/** Agents and hand-written peers joined by datagrams on a virtual clock. */
export class VirtualNetwork {
  now: Millis = 1_000_000;
  readonly sent: Datagram[] = [];
  fate: Fate = () => [1];
  readonly #hosts: Host[] = [];
  readonly #peers = new Map<string, (datagram: Datagram) => void>();
  #queue: { readonly at: Millis; readonly order: number; readonly datagram: Datagram }[] = [];
  #order = 0;

  host(address: string, options: Partial<SipAgentOptions> = {}): Host {
    const host = new Host(this, { address, port: 5060 }, options, 7 + this.#hosts.length);
    this.#hosts.push(host);
    return host;
  }

  /** A peer that is played by the test. */
  peer(address: string, receive: (datagram: Datagram) => void = () => {}): TransportAddress {
    this.#peers.set(address, receive);
    return { address, port: 5060 };
  }

  carry(from: TransportAddress, to: TransportAddress, bytes: Uint8Array): void {
    const datagram = { at: this.now, from, to, bytes };
    this.sent.push(datagram);
    for (const delay of this.fate(datagram)) {
      this.#order += 1;
      this.#queue.push({ at: this.now + delay, order: this.#order, datagram });
    }
  }

  /** Lets `ms` of virtual time pass. */
  run(ms: Millis): void {
    const end = this.now + ms;
    for (;;) {
      this.#queue.sort((a, b) => a.at - b.at || a.order - b.order);
      const arrival = this.#queue[0];
      const timers = this.#hosts.map(({ agent }) => agent.nextTimeout).filter((at) => at !== undefined);
      const next = Math.min(arrival?.at ?? Infinity, ...timers);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (arrival !== undefined && arrival.at <= next) {
        this.#queue.shift();
        this.#deliver(arrival.datagram);
      } else {
        for (const host of this.#hosts) {
          host.act({ type: 'timeout' });
          host.onEvents();
        }
      }
    }
    this.now = end;
  }

  #deliver(datagram: Datagram): void {
    const host = this.#hosts.find(({ address }) => same(address, datagram.to));
    if (host === undefined) this.#peers.get(datagram.to.address)?.(datagram);
    else {
      const flow: SipFlow = { transport: 'udp', local: datagram.to, remote: datagram.from };
      host.act({ type: 'receive', flow, bytes: datagram.bytes });
    }
  }

  /** The first lines of everything sent so far, as `a -> b: INVITE` or `a -> b: 200 INVITE`. */
  get ladder(): string[] {
    return this.sent.map(({ from, to, bytes }) => {
      const message = parsed(bytes);
      const what = message.kind === 'request' ? message.method : `${message.status} ${message.cseq.method}`;
      return `${from.address} -> ${to.address}: ${what}`;
    });
  }
}
