import { type Fault, fault, type TransportAddress } from '@earshot/base';
import { reachableAddresses, usualSources } from '../net/reachable.js';
import { type AddressPlan, type AddressSettings, planAddresses } from './address-plan.js';
import type { MediaHost } from './options.js';

/** A way for browsers to the media workers: an address as they see it, as it is bound here, and the UDP port of both. */
export interface MediaAddress {
  readonly public: string;
  readonly local: string;
  readonly port: number;
}

/** What is needed of the pool of media workers. */
export interface ListeningPool {
  /** What each worker listens on. */
  readonly sockets: readonly (readonly TransportAddress[])[];
  listen(hosts: readonly MediaHost[]): void;
  onListening(listener: (faults: readonly Fault[]) => void): void;
}

/** How the machine is asked, by tests as they like. */
export interface Machine {
  /** The addresses that browsers could reach, best first. */
  addresses(sources: readonly string[]): readonly string[];
  /** Those that the usual routes use. */
  usualSources(): Promise<readonly string[]>;
}

const SYSTEM: Machine = { addresses: reachableAddresses, usualSources };

/** A laptop that changes networks, or a VPN that comes up, is noticed within this time, in ms. Asking costs 0.1 ms. */
const LOOK_MS = 3000;

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * The addresses that browsers reach this gateway's media by. Looks now and then which addresses the machine has, has the
 * workers follow, and says when what is advertised has changed.
 */
export class MediaAddresses {
  readonly #settings: AddressSettings;
  readonly #machine: Machine;
  readonly #listeners = new Set<() => void>();
  /** Faults that were said since the machine changed last. */
  readonly #said = new Set<string>();
  /** Every address that the machine had since the start. */
  readonly #former = new Set<string>();
  #sources: readonly string[];
  #reachable: readonly string[];
  #plan: AddressPlan;
  #pool: ListeningPool | undefined;
  #list: readonly MediaAddress[] = [];
  #onFault: (fault: Fault) => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  private constructor(settings: AddressSettings, machine: Machine, sources: readonly string[]) {
    this.#settings = settings;
    this.#machine = machine;
    this.#sources = sources;
    this.#reachable = machine.addresses(sources);
    this.#plan = planAddresses(settings, this.#reachable);
  }

  /** Asks the machine once. */
  static async plan(settings: AddressSettings, machine: Machine = SYSTEM): Promise<MediaAddresses> {
    return new MediaAddresses(settings, machine, await machine.usualSources());
  }

  /** What the workers are started with. */
  get hosts(): readonly MediaHost[] {
    return this.#plan.hosts;
  }

  /** An advertised address whose local side this machine does not have, at the start: a mistake in the settings. */
  get mistake(): Fault | undefined {
    return this.#absences()[0];
  }

  /** Follows the machine from now on. `onFault`: an address cannot be bound, or is gone; said once for each change. */
  follow(pool: ListeningPool, onFault: (fault: Fault) => void): void {
    this.#pool = pool;
    this.#onFault = onFault;
    pool.onListening((faults) => this.#listening(faults));
    this.#listening([]);
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#pool?.onListening(() => {});
  }

  /** What browsers are told, of all workers, best first within each. */
  get list(): readonly MediaAddress[] {
    return this.#list;
  }

  /** `listener` is called when `list` has changed; returns how to end that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The candidates that lead to these sockets, which are those of one worker. */
  candidates(sockets: readonly TransportAddress[]): TransportAddress[] {
    return this.#reached(sockets).map(({ public: address, port }) => ({ address, port }));
  }

  /** Compares the machine with what is bound, and has the workers follow. Called by the timer. */
  async look(): Promise<void> {
    const isSteady = isSame(this.#machine.addresses(this.#sources), this.#reachable);
    // An address may be there without being ready, as an IPv6 one is in its first second: then it is tried again.
    if (isSteady && !this.#isIncomplete) return;
    if (!isSteady) {
      for (const address of this.#reachable) this.#former.add(address);
      this.#sources = await this.#machine.usualSources();
      this.#reachable = this.#machine.addresses(this.#sources);
      this.#plan = planAddresses(this.#settings, this.#reachable, this.#former);
      this.#said.clear();
      this.#say(this.#absences());
    }
    this.#pool?.listen(this.#plan.hosts);
  }

  get #isIncomplete(): boolean {
    const sockets = this.#pool?.sockets ?? [];
    return sockets.some((each) => each.length > 0 && each.length < this.#plan.hosts.length);
  }

  #absences(): Fault[] {
    const where = 'media.advertisedAddresses';
    return this.#plan.absent.map((address) => fault('server.address_unavailable', address, where));
  }

  #say(faults: readonly Fault[]): void {
    for (const each of faults) {
      const text = JSON.stringify(each);
      if (this.#said.has(text)) continue;
      this.#said.add(text);
      this.#onFault(each);
    }
  }

  #reached(sockets: readonly TransportAddress[]): MediaAddress[] {
    return this.#plan.offered.flatMap(({ public: outer, local }) => {
      const port = sockets.find(({ address }) => address === local)?.port;
      return port === undefined ? [] : [{ public: outer, local, port }];
    });
  }

  #listening(faults: readonly Fault[]): void {
    this.#say(faults);
    const list = (this.#pool?.sockets ?? []).flatMap((sockets) => this.#reached(sockets));
    if (isSame(list, this.#list)) return;
    this.#list = list;
    for (const listener of this.#listeners) listener();
  }
}
