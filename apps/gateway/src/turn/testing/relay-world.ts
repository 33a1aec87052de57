import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import type { RelayEvent, TurnTransport } from '@earshot/telemetry';
import { createTurnCredentials, parseRelayUrl, type TurnCredentials } from '@earshot/turn';
import { now } from '../../clock.js';
import { openLink, RelaySession, type RelaySessionOptions } from '../../relays/index.js';
import type { RelaySettings } from '../settings.js';
import { TurnRelay } from '../turn-relay.js';
import type { RelayPorts } from '../types.js';

export const HOST = '127.0.0.1';
export const SECRET = 'a secret of this test and nobody else';

export const credentials = (tag: string, lifetimeMs = 600_000, secret = SECRET): TurnCredentials =>
  createTurnCredentials(nodeCrypto, secret, now() + lifetimeMs, tag);

/** A UDP socket that keeps what comes. */
export class Inbox {
  readonly packets: { readonly bytes: Buffer; readonly from: TransportAddress }[] = [];
  readonly socket: Socket;
  #heard: () => void = () => {};

  static async open(address = HOST): Promise<Inbox> {
    const socket = createSocket({
      type: address.includes(':') ? 'udp6' : 'udp4',
      recvBufferSize: 4 << 20,
      sendBufferSize: 4 << 20,
    });
    socket.bind(0, address);
    await once(socket, 'listening');
    return new Inbox(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('message', (bytes, from) => {
      this.packets.push({ bytes, from: { address: from.address, port: from.port } });
      this.#heard();
    });
  }

  get local(): TransportAddress {
    const { address, port } = this.socket.address();
    return { address, port };
  }

  get bytes(): number {
    return this.packets.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  send(bytes: Uint8Array, { address, port }: TransportAddress): Promise<void> {
    return new Promise((resolve) => this.socket.send(bytes, port, address, () => resolve()));
  }

  /** Resolves when so many packets have come, in all. */
  async until(count: number): Promise<void> {
    while (this.packets.length < count) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  close(): void {
    this.socket.close();
  }
}

/** Stands for a media worker: sends back what comes. */
async function openEcho(address: string): Promise<Socket> {
  const echo = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  echo.on('message', (packet, from) => echo.send(packet, from.port, from.address));
  echo.bind(0, address);
  await once(echo, 'listening');
  return echo;
}

interface Said {
  readonly event: RelayEvent;
  readonly tag: string | undefined;
}

/** A relay on loopback that leads to an echo on loopback. */
export class RelayWorld {
  readonly relay: TurnRelay;
  readonly ports: RelayPorts;
  readonly echo: TransportAddress;
  readonly events: Said[];
  readonly #echo: Socket;
  readonly #sessions: RelaySession[] = [];
  readonly #inboxes: Inbox[] = [];
  #stopped = false;

  static async start(settings: Partial<RelaySettings> = {}, host = HOST): Promise<RelayWorld> {
    const echo = await openEcho(host);
    const { port } = echo.address();
    const events: Said[] = [];
    const relay = new TurnRelay({
      settings: {
        hosts: [host],
        port: 0,
        tlsPort: 0,
        realm: 'earshot',
        software: 'test',
        relayPorts: [0, 0],
        allowPeers: [],
        limits: {},
        media: [{ public: host, local: host, port }],
        secrets: [SECRET],
        ...settings,
      },
      log: { debug: () => {}, warn: () => {} },
      onEvent: (event, tag) => events.push({ event, tag }),
    });
    const listening = await relay.listen();
    if (!listening.ok) {
      echo.close();
      throw new Error(JSON.stringify(listening.error));
    }
    return new RelayWorld(relay, listening.value, { address: host, port }, events, echo);
  }

  private constructor(
    relay: TurnRelay,
    ports: RelayPorts,
    echoAddress: TransportAddress,
    events: Said[],
    echo: Socket,
  ) {
    this.relay = relay;
    this.ports = ports;
    this.echo = echoAddress;
    this.events = events;
    this.#echo = echo;
  }

  urlOf(transport: TurnTransport): string {
    const { address } = this.echo;
    const host = address.includes(':') ? `[${address}]` : address;
    const port = this.ports[transport] ?? 0;
    return transport === 'tls' ? `turns:${host}:${port}?transport=tcp` : `turn:${host}:${port}?transport=${transport}`;
  }

  async session(transport: TurnTransport, options: Partial<RelaySessionOptions> = {}): Promise<RelaySession> {
    const url = parseRelayUrl(this.urlOf(transport));
    const link = url && (await openLink(url, { timeoutMs: 5_000 }));
    if (!link?.ok) throw new Error(`no link over ${transport}: ${JSON.stringify(link?.error)}`);
    const session = new RelaySession(link.value, { credentials: credentials('tester'), ...options });
    this.#sessions.push(session);
    return session;
  }

  /** A session with an allocation. */
  async allocated(transport: TurnTransport, options: Partial<RelaySessionOptions> = {}): Promise<RelaySession> {
    const session = await this.session(transport, options);
    const allocated = await session.allocate();
    if (!allocated.ok) throw new Error(JSON.stringify(allocated.error));
    return session;
  }

  async inbox(address?: string): Promise<Inbox> {
    const inbox = await Inbox.open(address);
    this.#inboxes.push(inbox);
    return inbox;
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const session of this.#sessions) await session.close();
    this.relay.close();
    this.#echo.close();
    for (const inbox of this.#inboxes) inbox.close();
  }
}

/** Sends a text to a peer and gives what comes back from it. */
export function roundTrip(session: RelaySession, peer: TransportAddress, text: string): Promise<string> {
  return new Promise((resolve) => {
    session.onData = (payload, from) => resolve(`${Buffer.from(payload)} from ${from.address}:${from.port}`);
    session.send(peer, Buffer.from(text));
  });
}
