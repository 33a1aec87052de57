import type { TurnTransport } from '@earshot/telemetry';
import { LoadClient } from './client.js';
import type { StartTarget, Target } from './target.js';
import { snapshot, type Tally, type Window, windowOf } from './window.js';

/** From the relay of one client to that of the other. */
const HOPS = 2;
const WARM_UP_MS = 500;
/** A packet that is away for so long is lost, and another one goes in its place, in ms. */
const LOST_MS = 250;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Two clients that throw a packet to and fro through both their relays. */
class Pair {
  readonly clients: readonly [LoadClient, LoadClient];
  sent = 0;
  #sending = false;
  #heard = 0;

  constructor(a: LoadClient, b: LoadClient) {
    this.clients = [a, b];
    a.onPacket = () => this.#back(a);
    b.onPacket = () => this.#back(b);
  }

  get received(): number {
    return this.clients[0].received + this.clients[1].received;
  }

  start(): void {
    this.#sending = true;
    for (const client of this.clients) this.#back(client);
  }

  stop(): void {
    this.#sending = false;
  }

  /** Begins anew where a packet was lost. */
  revive(): void {
    if (this.received === this.#heard) this.start();
    this.#heard = this.received;
  }

  #back(client: LoadClient): void {
    if (!this.#sending) return;
    this.sent += 1;
    client.send();
  }
}

/**
 * As much as the server can take: every packet that arrives is answered with another, so that there are always so many
 * under way, and never more. Each crosses the server twice, which the generator pays for once.
 */
export class FullLoad {
  readonly #target: Target;
  readonly #pairs: readonly Pair[];

  static async open(start: StartTarget, transport: TurnTransport, clients: number): Promise<FullLoad> {
    const target = await start(undefined);
    const pairs: Pair[] = [];
    for (let index = 0; index < clients; index += 2) {
      const a = await LoadClient.open(target, transport, `full-${index}`);
      const b = await LoadClient.open(target, transport, `full-${index + 1}`);
      await a.bind(b.relayed);
      await b.bind(a.relayed);
      pairs.push(new Pair(a, b));
    }
    return new FullLoad(target, pairs);
  }

  private constructor(target: Target, pairs: readonly Pair[]) {
    this.#target = target;
    this.#pairs = pairs;
  }

  #tally(): Tally {
    let [sent, received, wrong] = [0, 0, 0];
    for (const pair of this.#pairs) {
      sent += pair.sent;
      received += pair.received;
      for (const client of pair.clients) wrong += client.wrong;
    }
    return { sent, received, wrong };
  }

  async run(seconds: number): Promise<Window> {
    for (const pair of this.#pairs) pair.start();
    const reviving = setInterval(() => {
      for (const pair of this.#pairs) pair.revive();
    }, LOST_MS);
    await pause(WARM_UP_MS);
    const before = snapshot(this.#target, this.#tally());
    await pause(seconds * 1000);
    const after = snapshot(this.#target, this.#tally());
    clearInterval(reviving);
    for (const pair of this.#pairs) pair.stop();
    await pause(LOST_MS);
    return windowOf(before, after, this.#tally(), { clients: this.#pairs.length * 2, hops: HOPS, lateMs: 0 });
  }

  async close(): Promise<void> {
    await Promise.all(this.#pairs.flatMap(({ clients }) => clients.map((client) => client.close())));
    await this.#target.stop();
  }
}
