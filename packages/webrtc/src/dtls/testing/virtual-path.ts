import type { DtlsServer } from '../server.js';
import type { DtlsEvent, DtlsOutput } from '../types.js';
import type { DtlsClient } from './dtls-client.js';

/** A seeded source of numbers in [0, 1): mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface PathOptions {
  readonly seed?: number;
  /** Shares of datagrams, 0 to 1. */
  readonly loss?: number;
  readonly duplicates?: number;
  /** One-way delay in ms: a number drawn from [least, most] for each datagram, which reorders them. */
  readonly delayMs?: readonly [number, number];
  /** Longer datagrams are lost, in UDP payload bytes. */
  readonly largest?: number;
  /** Tells the server how long the path is, as ICE does. */
  readonly roundTripMs?: number;
  readonly untilMs?: number;
}

export interface PathReport {
  readonly events: readonly DtlsEvent[];
  readonly toClient: readonly Uint8Array[];
  readonly toServer: readonly Uint8Array[];
  readonly nowMs: number;
}

interface InFlight {
  readonly at: number;
  readonly order: number;
  readonly to: 'client' | 'server';
  readonly datagram: Uint8Array;
}

export const sentBy = (outputs: readonly DtlsOutput[]): Uint8Array[] =>
  outputs.flatMap((output) => (output.type === 'send' ? [output.datagram] : []));

export const eventsOf = (outputs: readonly DtlsOutput[]): DtlsEvent[] =>
  outputs.flatMap((output) => (output.type === 'event' ? [output.event] : []));

/** Runs a handshake over a lossy path on a virtual clock until nothing is left to happen. */
export function runHandshake(client: DtlsClient, server: DtlsServer, options: PathOptions = {}): PathReport {
  const { seed = 1, loss = 0, duplicates = 0, delayMs = [10, 10], largest = 65_535, untilMs = 60_000 } = options;
  const random = seededRandom(seed);
  const queue: InFlight[] = [];
  const events: DtlsEvent[] = [];
  const sent = { client: [] as Uint8Array[], server: [] as Uint8Array[] };
  let order = 0;
  let now = 0;

  const carry = (to: 'client' | 'server', datagrams: readonly Uint8Array[]): void => {
    for (const datagram of datagrams) {
      sent[to].push(datagram);
      const copies = random() < loss || datagram.length > largest ? 0 : random() < duplicates ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const [least, most] = delayMs;
        queue.push({ at: now + least + random() * (most - least), order, to, datagram });
        order += 1;
      }
    }
  };
  const take = (outputs: readonly DtlsOutput[]): void => {
    events.push(...eventsOf(outputs));
    carry('client', sentBy(outputs));
  };

  carry('server', client.start(now));
  while (now <= untilMs) {
    queue.sort((a, b) => a.at - b.at || a.order - b.order);
    const [first] = queue;
    const times = [first?.at, client.nextTimeout, server.nextTimeout].filter((time) => time !== undefined);
    if (times.length === 0) break;
    now = Math.max(now, Math.min(...times));
    if (first !== undefined && first.at <= now) {
      queue.shift();
      if (first.to === 'server') take(server.receive(now, first.datagram, options.roundTripMs));
      else carry('server', client.receive(now, first.datagram));
    } else if (server.nextTimeout !== undefined && server.nextTimeout <= now) {
      take(server.handleTimeout(now));
    } else {
      carry('server', client.handleTimeout(now));
    }
  }
  return { events, toClient: sent.client, toServer: sent.server, nowMs: now };
}
