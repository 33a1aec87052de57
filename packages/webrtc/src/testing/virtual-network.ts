import { formatAddress, type TransportAddress } from '@earshot/base';

type Receive = (datagram: Uint8Array, from: TransportAddress) => void;

interface Scheduled {
  readonly at: number;
  readonly run: () => void;
}

/** Datagrams and time, both virtual: everything happens in order of its time, and at once when told to run. */
export class VirtualNetwork {
  now = 0;
  /** One way, in ms. */
  latencyMs = 10;
  /** Every datagram that was sent, for counting. */
  sent: { readonly from: TransportAddress; readonly to: TransportAddress; readonly datagram: Uint8Array }[] = [];
  readonly #hosts = new Map<string, Receive>();
  readonly #cut = new Set<string>();
  /** What others see of an address, and whom they reach there. */
  readonly #outer = new Map<string, TransportAddress>();
  readonly #inner = new Map<string, TransportAddress>();
  #queue: Scheduled[] = [];

  attach(address: TransportAddress, receive: Receive): void {
    this.#hosts.set(formatAddress(address), receive);
  }

  /** From now on nothing comes from this address and nothing reaches it. */
  cut(address: TransportAddress): void {
    this.#cut.add(formatAddress(address));
  }

  mend(address: TransportAddress): void {
    this.#cut.delete(formatAddress(address));
  }

  /** A NAT forgets its binding and makes another: what comes from `inner` is seen as from `outer`, where it is reached. */
  rebind(inner: TransportAddress, outer: TransportAddress): void {
    const before = this.#outer.get(formatAddress(inner));
    this.#inner.delete(formatAddress(before ?? inner));
    this.#outer.set(formatAddress(inner), outer);
    this.#inner.set(formatAddress(outer), inner);
    this.#inner.set(formatAddress(before ?? inner), { address: '0.0.0.0', port: 0 });
  }

  send(datagram: Uint8Array, inner: TransportAddress, outer: TransportAddress): void {
    const from = this.#outer.get(formatAddress(inner)) ?? inner;
    const to = this.#inner.get(formatAddress(outer)) ?? outer;
    this.sent.push({ from, to: outer, datagram });
    if (this.#cut.has(formatAddress(inner)) || this.#cut.has(formatAddress(to))) return;
    this.after(this.latencyMs, () => this.#hosts.get(formatAddress(to))?.(datagram, from));
  }

  after(ms: number, run: () => void): void {
    const at = this.now + ms;
    const later = this.#queue.findIndex((scheduled) => scheduled.at > at);
    this.#queue.splice(later < 0 ? this.#queue.length : later, 0, { at, run });
  }

  runFor(ms: number): void {
    const end = this.now + ms;
    for (let next = this.#queue[0]; next !== undefined && next.at <= end; next = this.#queue[0]) {
      this.#queue.shift();
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }
}

/** A sans-IO core with one timer. */
interface Timed {
  readonly nextTimeout: number | undefined;
}

/** Runs `onTimeout` when the core is due. Call the returned function after everything the core was told. */
export function timerOf(network: VirtualNetwork, core: Timed, onTimeout: () => void): () => void {
  let armedFor: number | undefined;
  const arm = (): void => {
    const due = core.nextTimeout;
    if (due === undefined || due === armedFor) return;
    armedFor = due;
    network.after(Math.max(0, due - network.now), () => {
      if (armedFor !== due) return;
      armedFor = undefined;
      if (core.nextTimeout !== undefined && core.nextTimeout <= network.now) onTimeout();
      arm();
    });
  };
  return arm;
}
