import type { Duplex } from 'node:stream';
import { err, type Fault, ok, type Result, type TransportAddress } from '@earshot/base';
import { OnePort } from '../http/one-port.js';
import { faultFields, type PlainLog } from '../log.js';
import { type Bind, EachAddress } from './each-address.js';
import { listeningAddresses } from './listening-addresses.js';
import { listenTcp } from './tcp-listener.js';
import type { RelayCertificate, RelayPorts } from './types.js';
import { openUdpSocket, type UdpSocket } from './udp-socket.js';

/** Octets. A burst of a few hundred calls, or a pause of the thread of some 100 ms, must not overflow them. */
const BUFFER = 4 << 20;

export interface ListenerOptions {
  readonly hosts: readonly string[];
  /** Of UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  /** TLS is served where there is one. */
  readonly certificate?: RelayCertificate | undefined;
  readonly log: PlainLog;
  readonly onUdp: (socket: UdpSocket) => void;
  readonly onStream: (stream: Duplex, remote: TransportAddress, transport: 'tcp' | 'tls') => void;
}

/** The sockets that clients speak to: UDP and TCP on one port, TLS on another, each address bound by itself. */
export class Listeners {
  readonly #options: ListenerOptions;
  readonly #plain: EachAddress;
  readonly #secure: EachAddress | undefined;
  readonly #tls = new Set<OnePort>();
  #certificate: RelayCertificate | undefined;
  #following = Promise.resolve();
  #closed = false;

  /** Everything or nothing. */
  static async open(options: ListenerOptions): Promise<Result<Listeners, Fault>> {
    const listeners = new Listeners(options);
    const failure = await listeners.#open();
    if (failure === undefined) return ok(listeners);
    listeners.close();
    return err(failure);
  }

  private constructor(options: ListenerOptions) {
    const { port, tlsPort, certificate } = options;
    this.#options = options;
    this.#certificate = certificate;
    this.#plain = new EachAddress(port, [
      (address, each) => this.#bindUdp(address, each),
      (address, each) => this.#bindTcp(address, each),
    ]);
    if (certificate !== undefined) {
      this.#secure = new EachAddress(tlsPort, [(address, each) => this.#bindTls(address, each)]);
    }
  }

  get ports(): RelayPorts {
    const { port } = this.#plain;
    return { udp: port, tcp: port, ...(this.#secure === undefined ? {} : { tls: this.#secure.port }) };
  }

  async #open(): Promise<Fault | undefined> {
    const addresses = listeningAddresses(this.#options.hosts);
    return (await this.#plain.open(addresses)) ?? (await this.#secure?.open(addresses));
  }

  /** Addresses of the machine may have come or gone. */
  refresh(): void {
    this.#following = this.#following.then(() => this.#follow());
  }

  async #follow(): Promise<void> {
    if (this.#closed) return;
    const addresses = listeningAddresses(this.#options.hosts);
    const faults = [...(await this.#plain.follow(addresses)), ...((await this.#secure?.follow(addresses)) ?? [])];
    for (const { cause } of faults) this.#options.log.warn(faultFields(cause), 'relay address');
    if (this.#closed) this.close();
  }

  /** For handshakes from now on. */
  setCertificate(certificate: RelayCertificate): void {
    this.#certificate = certificate;
    for (const port of this.#tls) port.setCertificate(certificate);
  }

  close(): void {
    this.#closed = true;
    this.#plain.close();
    this.#secure?.close();
  }

  async #bindUdp(address: string, port: number): ReturnType<Bind> {
    const where = `turn.port ${this.#options.port}, UDP on ${address}`;
    const socket = await openUdpSocket(address, port, where, BUFFER);
    if (!socket.ok) return socket;
    this.#options.onUdp(socket.value);
    return ok({ port: socket.value.local.port, close: () => socket.value.close() });
  }

  #bindTcp(address: string, port: number): ReturnType<Bind> {
    const where = `turn.port ${this.#options.port}, TCP on ${address}`;
    return listenTcp(address, port, where, (socket, remote) => this.#options.onStream(socket, remote, 'tcp'));
  }

  /** TLS as on the port that HTTPS and TURN share, but for HTTP. */
  async #bindTls(address: string, port: number): ReturnType<Bind> {
    const { log, onStream } = this.#options;
    const certificate = this.#certificate;
    if (certificate === undefined) throw new Error('TLS without a certificate');
    const listening = await OnePort.listen({
      host: address,
      port,
      where: 'turn.tlsPort',
      certificate,
      log,
      onHttp: (socket) => socket.destroy(),
      onTurnStream: (stream, remote) => onStream(stream, remote, 'tls'),
    });
    if (!listening.ok) return listening;
    const onePort = listening.value;
    this.#tls.add(onePort);
    return ok({
      port: onePort.port,
      close: () => {
        this.#tls.delete(onePort);
        void onePort.close();
      },
    });
  }
}
