import { type Fault, fault, type Result } from '@earshot/base';
import type { ListeningAddress } from './listening-addresses.js';

/** What listens on one address. */
export interface Bound {
  readonly port: number;
  close(): void;
}

export type Bind = (address: string, port: number) => Promise<Result<Bound, Fault>>;

/** For a port of the system's choice, which may be taken on another address or for another transport. */
const ATTEMPTS = 16;

/** Listens on one port of several addresses, for one transport or more. */
export class EachAddress {
  readonly #binds: readonly Bind[];
  readonly #bound = new Map<string, readonly Bound[]>();
  /** 0 until one is chosen. */
  #port: number;

  constructor(port: number, binds: readonly Bind[]) {
    this.#port = port;
    this.#binds = binds;
  }

  get port(): number {
    return this.#port;
  }

  /** Everything or nothing. A port of the system's choice is one that is free everywhere. */
  async open(addresses: readonly ListeningAddress[]): Promise<Fault | undefined> {
    const isAnyPort = this.#port === 0;
    for (let attempt = 1; ; attempt += 1) {
      const faults = await this.follow(addresses);
      // An address may have gone since it was listed; IPv6 ones come and go.
      const serious = faults.find(({ required, cause }) => required || cause.code !== 'server.address_unavailable');
      if (serious === undefined && this.#bound.size > 0) return undefined;
      this.close();
      if (!isAnyPort || attempt === ATTEMPTS) {
        return (serious ?? faults[0])?.cause ?? fault('server.address_unavailable', 'there is none', 'turn.hosts');
      }
      this.#port = 0;
    }
  }

  /** Binds what is missing and closes what is not listed; gives what could not be bound. */
  async follow(
    addresses: readonly ListeningAddress[],
  ): Promise<readonly { readonly cause: Fault; readonly required: boolean }[]> {
    const wanted = new Set(addresses.map(({ address }) => address));
    for (const address of [...this.#bound.keys()]) if (!wanted.has(address)) this.#closeAt(address);
    const faults: { cause: Fault; required: boolean }[] = [];
    for (const { address, required } of addresses) {
      if (this.#bound.has(address)) continue;
      const cause = await this.#bindAt(address);
      if (cause !== undefined) faults.push({ cause, required });
    }
    return faults;
  }

  async #bindAt(address: string): Promise<Fault | undefined> {
    const bound: Bound[] = [];
    this.#bound.set(address, bound);
    for (const bind of this.#binds) {
      const result = await bind(address, this.#port);
      if (!result.ok) {
        this.#closeAt(address);
        return result.error;
      }
      bound.push(result.value);
      this.#port = result.value.port;
    }
    return undefined;
  }

  #closeAt(address: string): void {
    for (const each of this.#bound.get(address) ?? []) each.close();
    this.#bound.delete(address);
  }

  close(): void {
    for (const address of [...this.#bound.keys()]) this.#closeAt(address);
  }
}
