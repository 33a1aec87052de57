import type { Millis, TransportAddress } from '@earshot/base';
import { networkOf } from '@earshot/stun';
import type { Counters } from './counters.js';
import { StreamFlow } from './flow.js';
import type { TurnLimits } from './types.js';

/** TCP and TLS connections, within their limits. */
export class Streams<Client, Relay> {
  readonly #limits: TurnLimits;
  readonly #counters: Counters;
  readonly #all = new Set<StreamFlow<Client, Relay>>();
  readonly #perNetwork = new Map<string, number>();
  /** No connection is idle for too long before. */
  due = Number.POSITIVE_INFINITY;

  constructor(limits: TurnLimits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /** One that has to give way before another from there can be opened: of those without an allocation the longest idle. */
  inTheWay(remote: TransportAddress): StreamFlow<Client, Relay> | undefined {
    if (this.#all.size < this.#limits.streams || this.#isCrowded(remote)) return undefined;
    let longest: StreamFlow<Client, Relay> | undefined;
    for (const flow of this.#all) {
      if (flow.allocation === undefined && flow.idleUntil < (longest?.idleUntil ?? Number.POSITIVE_INFINITY)) {
        longest = flow;
      }
    }
    return longest;
  }

  /** Undefined: there are too many, of this network or at all. */
  open(
    now: Millis,
    transport: 'tcp' | 'tls',
    client: Client,
    remote: TransportAddress,
  ): StreamFlow<Client, Relay> | undefined {
    if (this.#all.size >= this.#limits.streams || this.#isCrowded(remote)) return undefined;
    const flow = new StreamFlow<Client, Relay>(transport, client, remote, now + this.#limits.streamIdle);
    this.#all.add(flow);
    const network = networkOf(remote.address);
    this.#perNetwork.set(network, (this.#perNetwork.get(network) ?? 0) + 1);
    this.#counters.streams += 1;
    this.due = Math.min(this.due, flow.idleUntil);
    return flow;
  }

  /** Forgets a connection. False: it was forgotten before. */
  close(flow: StreamFlow<Client, Relay>): boolean {
    if (!this.#all.delete(flow)) return false;
    flow.isOpen = false;
    const network = networkOf(flow.remote.address);
    const count = this.#perNetwork.get(network) ?? 1;
    if (count > 1) this.#perNetwork.set(network, count - 1);
    else this.#perNetwork.delete(network);
    this.#counters.streams -= 1;
    if (this.#all.size === 0) this.due = Number.POSITIVE_INFINITY;
    return true;
  }

  #isCrowded({ address }: TransportAddress): boolean {
    return (this.#perNetwork.get(networkOf(address)) ?? 0) >= this.#limits.streamsPerAddress;
  }

  /** Something came from it. */
  touch(now: Millis, flow: StreamFlow<Client, Relay>): void {
    flow.idleUntil = now + this.#limits.streamIdle;
  }

  /** Those that have no allocation and were idle for too long. */
  findIdle(now: Millis): StreamFlow<Client, Relay>[] {
    if (now < this.due) return [];
    const idle: StreamFlow<Client, Relay>[] = [];
    this.due = Number.POSITIVE_INFINITY;
    for (const flow of this.#all) {
      if (flow.allocation === undefined && now >= flow.idleUntil) idle.push(flow);
      // One with an allocation is looked at again in due time, since it may have lost it by then.
      else this.due = Math.min(this.due, flow.allocation ? now + this.#limits.streamIdle : flow.idleUntil);
    }
    return idle;
  }

  get all(): StreamFlow<Client, Relay>[] {
    return [...this.#all];
  }
}
