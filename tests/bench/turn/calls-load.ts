import type { TurnTransport } from '@earshot/telemetry';
import { LoadClient } from './client.js';
import { Peer } from './peer.js';
import type { StartTarget, Target } from './target.js';
import { snapshot, type Tally, type Window, windowOf } from './window.js';

const FRAME_MS = 20;
/** Clients send in turns over a frame's time, as unrelated calls would. */
const SLOTS = 20;
const SLOT_MS = FRAME_MS / SLOTS;
const WARM_UP_MS = 500;
const GRACE_MS = 300;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls as they are: each client sends and is sent 50 packets a second. */
export class CallsLoad {
  readonly #target: Target;
  readonly #peer: Peer;
  readonly #clients: readonly LoadClient[];
  #sent = 0;

  static async open(start: StartTarget, transport: TurnTransport, count: number): Promise<CallsLoad> {
    const peer = await Peer.open();
    const target = await start(peer.address);
    const clients: LoadClient[] = [];
    for (let index = 0; index < count; index += 1) {
      const client = await LoadClient.open(target, transport, `calls-${index}`);
      await client.bind(peer.address);
      clients.push(client);
    }
    return new CallsLoad(target, peer, clients);
  }

  private constructor(target: Target, peer: Peer, clients: readonly LoadClient[]) {
    this.#target = target;
    this.#peer = peer;
    this.#clients = clients;
  }

  #tally(): Tally {
    let { received, wrong } = this.#peer;
    for (const client of this.#clients) {
      received += client.received;
      wrong += client.wrong;
    }
    return { sent: this.#sent, received, wrong };
  }

  async run(seconds: number): Promise<Window> {
    const warmUpSlots = WARM_UP_MS / SLOT_MS;
    const slots = warmUpSlots + (seconds * 1000) / SLOT_MS;
    let before = snapshot(this.#target, this.#tally());
    let lateMs = 0;
    const started = performance.now();
    for (let slot = 0; slot < slots; ) {
      if (slot === warmUpSlots) before = snapshot(this.#target, this.#tally());
      const elapsed = (performance.now() - started) / SLOT_MS;
      if (slot > elapsed) {
        await pause(1);
        continue;
      }
      if (slot > warmUpSlots) lateMs = Math.max(lateMs, (elapsed - slot) * SLOT_MS);
      this.#send(slot % SLOTS);
      slot += 1;
      // Lets the sockets be read between the turns of sending.
      await nextTurn();
    }
    const after = snapshot(this.#target, this.#tally());
    await pause(GRACE_MS);
    return windowOf(before, after, this.#tally(), { clients: this.#clients.length, hops: 1, lateMs });
  }

  #send(slot: number): void {
    for (let index = slot; index < this.#clients.length; index += SLOTS) {
      const client = this.#clients[index];
      if (client === undefined) continue;
      client.send();
      this.#peer.send(client.relayed);
      this.#sent += 2;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#peer.close();
    await this.#target.stop();
  }
}
