import type { Fault, Result, TransportAddress } from '@earshot/base';
import type { BrowserPort } from './browser-port.js';
import type { MediaHost } from './options.js';
import type { UdpSocket } from './udp.js';

type OpenSocket = (address: string, port: number) => Promise<Result<UdpSocket>>;

/** What is bound now. */
export interface Listening {
  /** In the order of the hosts. */
  readonly sockets: readonly TransportAddress[];
  /** Why a host has no socket, where that is worth a word. */
  readonly faults: readonly Fault[];
}

/** Ports that the system chooses, until one of them is free on every address. */
const ATTEMPTS = 10;

/**
 * One socket for each address, all on one port. Port 0 stands for any that is free on all of them; only where none is,
 * each gets its own.
 */
export class BrowserSockets {
  readonly #port: BrowserPort;
  readonly #open: OpenSocket;
  readonly #isAnyPort: boolean;
  readonly #sockets = new Map<string, UdpSocket>();
  #number: number;

  constructor(port: BrowserPort, open: OpenSocket, number: number) {
    this.#port = port;
    this.#open = open;
    this.#isAnyPort = number === 0;
    this.#number = number;
  }

  /** Binds what is missing and closes what is not listed. A call must wait for the one before it. */
  async listen(hosts: readonly MediaHost[]): Promise<Listening> {
    const wanted = new Set(hosts.map(({ address }) => address));
    for (const [address, socket] of this.#sockets) {
      if (wanted.has(address)) continue;
      this.#sockets.delete(address);
      this.#port.close(socket);
    }
    const faults = await (this.#number === 0 ? this.#bindOnOnePort(hosts) : this.#bind(hosts, this.#isAnyPort));
    const sockets: TransportAddress[] = [];
    const outerAddresses: [string, string][] = [];
    for (const { address, outer, priority } of hosts) {
      const socket = this.#sockets.get(address);
      if (socket === undefined) continue;
      sockets.push(socket.local);
      this.#port.setPriority(socket, priority);
      if (outer !== undefined) outerAddresses.push([address, outer]);
    }
    this.#port.setOuterAddresses(outerAddresses);
    return { sockets, faults };
  }

  close(): void {
    for (const socket of this.#sockets.values()) this.#port.close(socket);
    this.#sockets.clear();
  }

  async #bindOnOnePort(hosts: readonly MediaHost[]): Promise<readonly Fault[]> {
    for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
      const faults = await this.#bind(hosts, false);
      if (!faults.some(({ code }) => code === 'server.port_in_use')) return faults;
      this.close();
      this.#number = 0;
    }
    return this.#bind(hosts, true);
  }

  /** The first that is bound settles the port of the rest. `orAny`: where it is taken, another one will do. */
  async #bind(hosts: readonly MediaHost[], orAny: boolean): Promise<readonly Fault[]> {
    const faults: Fault[] = [];
    for (const { address, priority, required } of hosts) {
      if (this.#sockets.has(address)) continue;
      let opened = await this.#open(address, this.#number);
      if (orAny && !opened.ok && opened.error.code === 'server.port_in_use') opened = await this.#open(address, 0);
      if (opened.ok) {
        this.#sockets.set(address, opened.value);
        this.#port.open(opened.value, priority);
        if (this.#number === 0) this.#number = opened.value.local.port;
      } else if (required || opened.error.code !== 'server.address_unavailable') {
        faults.push(opened.error);
      }
    }
    return faults;
  }
}
