import type { Millis, TransportAddress } from '@earshot/base';
import type { TurnTransport } from '@earshot/telemetry';
import { StreamFramer } from '../wire/index.js';
import type { Allocation } from './allocation.js';
import type { TurnFlow, TurnListener } from './types.js';

/** One 5-tuple, with the allocation that it may have. */
export class Flow<Client, Relay> implements TurnFlow<Client> {
  readonly transport: TurnTransport;
  readonly remote: TransportAddress;
  readonly client: Client;
  allocation: Allocation<Client, Relay> | undefined;

  constructor(transport: TurnTransport, client: Client, { address, port }: TransportAddress) {
    this.transport = transport;
    this.client = client;
    this.remote = { address, port };
  }
}

export class StreamFlow<Client, Relay> extends Flow<Client, Relay> {
  readonly framer = new StreamFramer();
  /** When it is closed unless it has an allocation by then. */
  idleUntil: Millis;
  /** Requests with wrong credentials since one with right ones. */
  failures = 0;
  isOpen = true;

  constructor(transport: 'tcp' | 'tls', client: Client, remote: TransportAddress, idleUntil: Millis) {
    super(transport, client, remote);
    this.idleUntil = idleUntil;
  }
}

/** A UDP socket with the flows that have an allocation, by port and then by address: a look-up makes no string. */
export class Listener<Client, Relay> implements TurnListener<Client> {
  readonly client: Client;
  readonly #byPort = new Map<number, Flow<Client, Relay>[]>();

  constructor(client: Client) {
    this.client = client;
  }

  find({ address, port }: TransportAddress): Flow<Client, Relay> | undefined {
    const flows = this.#byPort.get(port);
    if (flows === undefined) return undefined;
    for (const flow of flows) if (flow.remote.address === address) return flow;
    return undefined;
  }

  add(flow: Flow<Client, Relay>): void {
    const flows = this.#byPort.get(flow.remote.port);
    if (flows === undefined) this.#byPort.set(flow.remote.port, [flow]);
    else flows.push(flow);
  }

  remove(flow: Flow<Client, Relay>): void {
    const rest = this.#byPort.get(flow.remote.port)?.filter((other) => other !== flow) ?? [];
    if (rest.length === 0) this.#byPort.delete(flow.remote.port);
    else this.#byPort.set(flow.remote.port, rest);
  }
}

export class UdpFlow<Client, Relay> extends Flow<Client, Relay> {
  readonly listener: Listener<Client, Relay>;

  constructor(listener: Listener<Client, Relay>, remote: TransportAddress) {
    super('udp', listener.client, remote);
    this.listener = listener;
  }
}
