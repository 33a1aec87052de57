import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type Fault, ok, type Result, type TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import {
  type IpFamily,
  type OpenedRelay,
  type OwnPeer,
  type TurnCounters,
  type TurnFlow,
  TurnServer,
  type TurnServerIo,
  type TurnRelay as TurnServerRelay,
} from '@earshot/turn';
import { now } from '../clock.js';
import { CoreTimer } from '../timer.js';
import type { ClientEnd } from './client-end.js';
import { type Listeners, openListeners } from './listeners.js';
import { openRelaySockets } from './relay-sockets.js';
import { peerRules, type RelaySettings, relayAddressesByFamily } from './settings.js';
import { StreamClient } from './stream-client.js';
import { TlsServers } from './stream-servers.js';
import type { RelayAddress, RelayCertificate, RelayListener, RelayPorts } from './types.js';
import type { UdpSocket } from './udp-socket.js';

type Flow = TurnFlow<ClientEnd>;
type Relay = TurnServerRelay<UdpSocket>;

const ignore = (): void => {};

/** In [0, 1). */
const unforeseeable = (): number => randomInt(2 ** 32) / 2 ** 32;

/** The TURN server of one thread: sockets, connections and the timer around its core. */
export class TurnRelay {
  readonly #settings: RelaySettings;
  readonly #addresses: ReadonlyMap<IpFamily, RelayAddress>;
  readonly #server: TurnServer<ClientEnd, UdpSocket>;
  readonly #timer = new CoreTimer((at) => {
    this.#server.handleTimeout(at);
    this.#arm();
  });
  #listeners: Listeners | undefined;
  #tls: TlsServers | undefined;
  /** What is being handled as it was received: nobody writes upon its bytes later on. */
  #received: Uint8Array | undefined;
  #closed = false;

  constructor(settings: RelaySettings, onEvent: RelayListener) {
    this.#settings = settings;
    this.#addresses = relayAddressesByFamily(settings.relayAddresses);
    this.#server = new TurnServer({
      crypto: nodeCrypto,
      random: (length) => nodeCrypto.randomBytes(length),
      io: this.#io(onEvent),
      realm: settings.realm,
      secrets: settings.secrets,
      peers: peerRules(settings, settings.peers),
      software: settings.software,
      limits: settings.limits,
      families: [...this.#addresses.keys()],
    });
  }

  /** Listens for clients; without it, there are those alone that `acceptStream` is given. */
  async listen(): Promise<Result<RelayPorts, Fault>> {
    const { hosts, port, tlsPort, certificate } = this.#settings;
    if (certificate !== undefined) {
      this.#tls = new TlsServers(certificate, (socket, remote) => this.acceptStream(socket, remote, 'tls'));
    }
    const listeners = await openListeners({
      hosts,
      port,
      tlsPort,
      acceptTcp: (socket, remote) => this.acceptStream(socket, remote, 'tcp'),
      tls: this.#tls,
    });
    if (!listeners.ok) return listeners;
    this.#listeners = listeners.value;
    for (const socket of listeners.value.udp) this.#serve(socket);
    return ok(listeners.value.ports);
  }

  #serve(socket: UdpSocket): void {
    const listener = this.#server.listen(socket);
    socket.onPacket = (packet, from) => {
      this.#received = packet;
      this.#server.receiveDatagram(now(), listener, packet, from);
      this.#arm();
    };
  }

  acceptStream(stream: Duplex, remote: TransportAddress, transport: 'tcp' | 'tls'): void {
    stream.on('error', ignore);
    const client = new StreamClient(stream);
    const flow = this.#closed ? undefined : this.#server.openStream(now(), transport, client, remote);
    if (flow === undefined) {
      stream.destroy();
      return;
    }
    stream.on('data', (bytes: Uint8Array) => {
      this.#received = bytes;
      this.#server.receiveStream(now(), flow, bytes);
      this.#arm();
    });
    stream.on('close', () => {
      this.#server.streamClosed(now(), flow);
      this.#arm();
    });
    // The other side is done, and so is its allocation (RFC 8656 section 3.1).
    stream.on('end', () => client.close());
    this.#arm();
  }

  #arm(): void {
    this.#timer.arm(this.#server.nextTimeout);
  }

  #io(onEvent: RelayListener): TurnServerIo<ClientEnd, UdpSocket> {
    return {
      toClient: ({ client, remote }, bytes, offset, length) =>
        client.send(bytes, offset, length, remote, bytes === this.#received),
      toPeer: (relay, bytes, offset, length, peer) => relay.send(bytes, offset, length, peer, bytes === this.#received),
      openRelay: (relay, next) => void this.#openRelay(relay, next),
      closeRelay: (relay) => relay.close(),
      closeStream: ({ client }: Flow) => client.close(),
      event: (event, tag) => onEvent(event, tag, now()),
    };
  }

  async #openRelay(relay: Relay, next: Relay | undefined): Promise<void> {
    const address = this.#addresses.get(relay.family);
    const sockets =
      address &&
      (await openRelaySockets({
        local: address.local,
        ports: this.#settings.relayPorts,
        even: relay.evenPort,
        withNext: next !== undefined,
        random: unforeseeable,
      }));
    if (this.#closed) {
      sockets?.first.close();
      sockets?.next?.close();
      return;
    }
    if (address === undefined || sockets === undefined) {
      this.#server.relayFailed(now(), relay);
    } else {
      const first = this.#opened(relay, sockets.first, address);
      const second = next && sockets.next && this.#opened(next, sockets.next, address);
      this.#server.relayOpened(now(), relay, first, second);
    }
    this.#arm();
  }

  #opened(relay: Relay, socket: UdpSocket, address: RelayAddress): OpenedRelay<UdpSocket> {
    socket.onPacket = (packet, from) => {
      this.#received = packet;
      this.#server.receiveFromPeer(now(), relay, packet, from);
    };
    return { relay: socket, address: { address: address.public, port: socket.local.port } };
  }

  setSecrets(secrets: readonly string[]): void {
    this.#server.setSecrets(secrets);
  }

  setPeers(peers: readonly OwnPeer[]): void {
    this.#server.setPeers(peerRules(this.#settings, peers));
    this.#arm();
  }

  setCertificate(certificate: RelayCertificate): void {
    this.#tls?.setCertificate(certificate);
  }

  get counters(): TurnCounters {
    return this.#server.counters;
  }

  /** From now on no new allocations; those there are go on. */
  drain(): void {
    this.#server.drain();
  }

  /** Ends everything, with an event for each allocation. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server.close(now());
    this.#timer.stop();
    this.#listeners?.close();
  }
}
