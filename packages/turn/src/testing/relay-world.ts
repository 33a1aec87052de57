import { formatAddress, type TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import type { RelayEvent } from '@earshot/telemetry';
import { createTurnCredentials, type TurnCredentials } from '../credentials.js';
import { TurnServer } from '../server/index.js';
import type { TurnFlow, TurnListener, TurnRelay, TurnServerIo, TurnServerOptions } from '../server/types.js';
import { seededBytes } from './seeded-bytes.js';
import { VirtualTurnClient } from './virtual-turn-client.js';

/** 2026-01-01 00:00:00 UTC. */
export const START = 1_767_225_600_000;
export const REALM = 'earshot';
export const SECRET = 'north wind over the harbour';
/** The gateway's media, as browsers know it and as it is bound here, behind 1:1 NAT. */
export const MEDIA = {
  advertised: { address: '203.0.113.9', port: 40_000 },
  local: { address: '10.0.0.5', port: 40_000 },
};
export const MEDIA_V6 = {
  advertised: { address: '2001:db8::9', port: 40_000 },
  local: { address: '2001:db8::9', port: 40_000 },
};
export const RELAY_ADDRESS = { 4: '203.0.113.9', 6: '2001:db8::9' } as const;

export interface Datagram {
  readonly bytes: Uint8Array;
  readonly to: TransportAddress;
}

/** A relay socket of the world. */
export interface VirtualRelay {
  readonly turn: TurnRelay<VirtualRelay>;
  readonly address: TransportAddress;
  readonly sent: Datagram[];
  isOpen: boolean;
}

/** What the server knows a client's socket or connection by. */
export interface ClientEnd {
  deliver(remote: TransportAddress, bytes: Uint8Array): void;
  closed(): void;
}

export type TestServer = TurnServer<ClientEnd, VirtualRelay>;
export type ServerSettings = Partial<Omit<TurnServerOptions<ClientEnd, VirtualRelay>, 'io' | 'crypto'>>;

/** A TURN server with its clients and peers on one virtual clock. */
export class RelayWorld {
  now = START;
  readonly server: TestServer;
  readonly relays: VirtualRelay[] = [];
  readonly events: { readonly event: RelayEvent; readonly tag: string | undefined }[] = [];
  /** `later`: the test answers by `openWaiting`. */
  opening: 'now' | 'later' | 'fail' = 'now';
  readonly waiting: (() => void)[] = [];
  /** False: sockets take no more. */
  takesMore = true;
  /** What is sent is not kept. */
  forgets = false;
  readonly #udpClients = new Map<string, VirtualTurnClient>();
  readonly listener: TurnListener<ClientEnd>;
  #nextPort = 50_000;

  constructor(settings: ServerSettings = {}) {
    this.server = new TurnServer<ClientEnd, VirtualRelay>({
      crypto: nodeCrypto,
      random: seededBytes(8656),
      realm: REALM,
      secrets: [SECRET],
      peers: { own: [MEDIA, MEDIA_V6] },
      ...settings,
      io: this.#io(),
    });
    this.listener = this.server.listen({
      deliver: (remote, bytes) => this.#udpClients.get(formatAddress(remote))?.receive(bytes),
      closed: () => undefined,
    });
  }

  credentials(tag = 'session-1', lifetime = 7_200_000, secret = SECRET): TurnCredentials {
    return createTurnCredentials(nodeCrypto, secret, this.now + lifetime, tag);
  }

  udpClient(
    remote: TransportAddress = { address: '198.51.100.7', port: 4000 },
    credentials: TurnCredentials | undefined = this.credentials(),
  ): VirtualTurnClient {
    const send = (bytes: Uint8Array): void => this.udpDatagram(bytes, remote);
    const client = new VirtualTurnClient({ transport: 'udp', remote, credentials, send, end: () => undefined });
    this.#udpClients.set(formatAddress(remote), client);
    return client;
  }

  /** A datagram as from anybody, whose answers may find no client. */
  udpDatagram(bytes: Uint8Array, remote: TransportAddress): void {
    lend(bytes, (lent) => this.server.receiveDatagram(this.now, this.listener, lent, remote));
  }

  streamClient(
    transport: 'tcp' | 'tls' = 'tcp',
    remote: TransportAddress = { address: '198.51.100.7', port: 5000 },
    credentials: TurnCredentials | undefined = this.credentials(),
  ): VirtualTurnClient {
    const send = (bytes: Uint8Array): void => {
      if (flow !== undefined) lend(bytes, (lent) => this.server.receiveStream(this.now, flow, lent));
    };
    const end = (): void => {
      if (flow !== undefined) this.server.streamClosed(this.now, flow);
    };
    const client = new VirtualTurnClient({ transport, remote, credentials, send, end });
    const flow: TurnFlow<ClientEnd> | undefined = this.server.openStream(
      this.now,
      transport,
      {
        deliver: (_, bytes) => client.receive(bytes),
        closed: () => client.wasClosed(),
      },
      remote,
    );
    if (flow === undefined) client.wasClosed();
    return client;
  }

  /** Lets time pass, with every timeout in its turn. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (let due = this.server.nextTimeout; due !== undefined && due <= end; due = this.server.nextTimeout) {
      this.now = Math.max(this.now, due);
      this.server.handleTimeout(this.now);
    }
    this.now = end;
  }

  /** The relay with this relayed transport address. */
  relayAt(address: TransportAddress | undefined): VirtualRelay {
    const relay = this.relays.find(
      (each) => each.address.port === address?.port && each.address.address === address.address,
    );
    if (relay === undefined) throw new Error('no such relay');
    return relay;
  }

  fromPeer(relay: VirtualRelay, from: TransportAddress, bytes: Uint8Array): void {
    lend(bytes, (lent) => this.server.receiveFromPeer(this.now, relay.turn, lent, from));
  }

  openWaiting(): void {
    for (const open of this.waiting.splice(0)) open();
  }

  eventsOf<Type extends RelayEvent['type']>(type: Type): Extract<RelayEvent, { readonly type: Type }>[] {
    return this.events.flatMap(({ event }) =>
      event.type === type ? [event as Extract<RelayEvent, { readonly type: Type }>] : [],
    );
  }

  get openRelays(): number {
    return this.relays.filter(({ isOpen }) => isOpen).length;
  }

  #io(): TurnServerIo<ClientEnd, VirtualRelay> {
    return {
      toClient: (flow, bytes, offset, length) => {
        if (this.forgets) return true;
        if (this.takesMore) flow.client.deliver(flow.remote, new Uint8Array(bytes.subarray(offset, offset + length)));
        return this.takesMore;
      },
      toPeer: (relay, bytes, offset, length, to) => {
        if (!relay.isOpen) throw new Error('sent from a closed relay');
        if (this.forgets) return true;
        if (this.takesMore) relay.sent.push({ bytes: new Uint8Array(bytes.subarray(offset, offset + length)), to });
        return this.takesMore;
      },
      openRelay: (turn, next) => {
        if (this.opening === 'later') this.waiting.push(() => this.#open(turn, next));
        else if (this.opening === 'fail') this.server.relayFailed(this.now, turn);
        else this.#open(turn, next);
      },
      closeRelay: (relay) => {
        relay.isOpen = false;
      },
      closeStream: (flow) => flow.client.closed(),
      event: (event, tag) => this.events.push({ event, tag }),
    };
  }

  #open(turn: TurnRelay<VirtualRelay>, next: TurnRelay<VirtualRelay> | undefined): void {
    if (turn.evenPort && this.#nextPort % 2 !== 0) this.#nextPort += 1;
    const relay = this.#bind(turn);
    const reserved = next && this.#bind(next);
    this.server.relayOpened(
      this.now,
      turn,
      { relay, address: relay.address },
      reserved && { relay: reserved, address: reserved.address },
    );
  }

  #bind(turn: TurnRelay<VirtualRelay>): VirtualRelay {
    const address = { address: RELAY_ADDRESS[turn.family], port: this.#nextPort };
    this.#nextPort += 1;
    const relay: VirtualRelay = { turn, address, sent: [], isOpen: true };
    this.relays.push(relay);
    return relay;
  }
}

/** As Node hands bytes over: in a Buffer, which means something else by `slice`. What the server keeps it must copy. */
function lend(bytes: Uint8Array, use: (lent: Uint8Array) => void): void {
  const lent = Buffer.from(bytes);
  use(lent);
  lent.fill(0xee);
}
