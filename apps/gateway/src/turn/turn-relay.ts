import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type Fault, ok, type Result, type TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import {
  type IpFamily,
  type OpenedRelay,
  type TurnCounters,
  TurnServer,
  type TurnServerIo,
  type TurnRelay as TurnServerRelay,
} from '@earshot/turn';
import { now } from '../clock.js';
import type { PlainLog } from '../log.js';
import type { MediaAddress } from '../media/index.js';
import { CoreTimer } from '../timer.js';
import type { ClientEnd } from './client-end.js';
import { Listeners } from './listeners.js';
import { RelaySocket } from './relay-socket.js';
import { openRelaySockets } from './relay-sockets.js';
import { peerRules, type RelayAddress, type RelaySettings, relayAddresses } from './settings.js';
import { StreamClient } from './stream-client.js';
import type { RelayCertificate, RelayListener, RelayPorts } from './types.js';
import type { UdpSocket } from './udp-socket.js';

type Relay = TurnServerRelay<RelaySocket>;

export interface TurnRelayOptions {
  readonly settings: RelaySettings;
  readonly log: PlainLog;
  readonly onEvent: RelayListener;
}

const ignore = (): void => {};

/** In [0, 1). */
const unforeseeable = (): number => randomInt(2 ** 32) / 2 ** 32;

/** The TURN server of one thread: sockets, connections and the timer around its core. */
export class TurnRelay {
  readonly #options: TurnRelayOptions;
  readonly #server: TurnServer<ClientEnd, RelaySocket>;
  readonly #timer = new CoreTimer((at) => {
    this.#server.handleTimeout(at);
    this.#arm();
  });
  #addresses: ReadonlyMap<IpFamily, RelayAddress>;
  #listeners: Listeners | undefined;
  /** What is being handled as it was received: nobody writes upon its bytes later on. */
  #received: Uint8Array | undefined;
  #closed = false;

  constructor(options: TurnRelayOptions) {
    const { realm, secrets, software, limits, media, allowPeers } = options.settings;
    this.#options = options;
    this.#addresses = relayAddresses(media);
    this.#server = new TurnServer({
      crypto: nodeCrypto,
      random: (length) => nodeCrypto.randomBytes(length),
      io: this.#io(),
      realm,
      secrets,
      peers: peerRules(media, allowPeers),
      software,
      limits,
      ...(this.#addresses.size === 0 ? {} : { families: [...this.#addresses.keys()] }),
    });
  }

  /** Listens for clients; without it, there are those alone that `acceptStream` is given. */
  async listen(): Promise<Result<RelayPorts, Fault>> {
    const { settings, log } = this.#options;
    const listeners = await Listeners.open({
      ...settings,
      log,
      onUdp: (socket) => this.#serve(socket),
      onStream: (stream, remote, transport) => this.acceptStream(stream, remote, transport),
    });
    if (!listeners.ok) return listeners;
    this.#listeners = listeners.value;
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
    const client = new StreamClient(stream, transport === 'tls');
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
    this.#arm();
  }

  #arm(): void {
    this.#timer.arm(this.#server.nextTimeout);
  }

  #io(): TurnServerIo<ClientEnd, RelaySocket> {
    return {
      toClient: ({ client, remote }, bytes, offset, length) =>
        client.send(bytes, offset, length, remote, bytes === this.#received),
      toPeer: (relay, bytes, offset, length, peer) => relay.send(bytes, offset, length, peer, bytes === this.#received),
      openRelay: (relay, next) => void this.#openRelay(relay, next),
      closeRelay: (relay) => relay.close(),
      closeStream: ({ client }) => client.close(),
      event: (event, tag) => this.#options.onEvent(event, tag, now()),
    };
  }

  async #openRelay(relay: Relay, next: Relay | undefined): Promise<void> {
    const address = this.#addresses.get(relay.family);
    const sockets =
      address &&
      (await openRelaySockets({
        local: address.local,
        ports: this.#options.settings.relayPorts,
        even: relay.evenPort,
        withNext: next !== undefined,
        random: unforeseeable,
      }));
    if (address === undefined || sockets === undefined) {
      this.#server.relayFailed(now(), relay);
    } else {
      const first = this.#opened(relay, sockets.first, address);
      const second = next && sockets.next && this.#opened(next, sockets.next, address);
      this.#server.relayOpened(now(), relay, first, second);
    }
    if (!this.#closed) this.#arm();
  }

  #opened(relay: Relay, udp: UdpSocket, address: RelayAddress): OpenedRelay<RelaySocket> {
    const socket = new RelaySocket(udp, this.#options.settings.allowPeers.length === 0);
    socket.onPacket((packet, from) => {
      this.#received = packet;
      this.#server.receiveFromPeer(now(), relay, packet, from);
    });
    return { relay: socket, address: { address: address.public, port: socket.port } };
  }

  setSecrets(secrets: readonly string[]): void {
    this.#server.setSecrets(secrets);
  }

  /** Allocations keep the relay sockets they have. */
  setMedia(media: readonly MediaAddress[]): void {
    this.#addresses = relayAddresses(media);
    this.#server.setPeers(peerRules(media, this.#options.settings.allowPeers));
    this.#listeners?.refresh();
    this.#arm();
  }

  setCertificate(certificate: RelayCertificate): void {
    this.#listeners?.setCertificate(certificate);
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
