import { constants } from 'node:crypto';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions, type Server as TlsServer } from 'node:tls';
import { err, ok, type Result, type TransportAddress } from '@earshot/base';
import { faultFields, type PlainLog } from '../log.js';
import { bindFault } from '../net/bind.js';
import { listenOn } from '../net/listen.js';
import { networkOf, remoteOf } from '../net/remote.js';
import type { RelayCertificate } from '../turn/index.js';

export interface OnePortLimits {
  /** How long the TLS handshake may take, and then again the first bytes, in ms. */
  readonly waitMs: number;
  /** Connections that have said nothing yet: beyond, the one that waits longest gives way. */
  readonly waiting: number;
  /** Of one IPv4 address or one IPv6 /64. An office behind one NAT is one address. */
  readonly perAddress: number;
  readonly connections: number;
}

const LIMITS: OnePortLimits = { waitMs: 10_000, waiting: 512, perAddress: 1_024, connections: 16_384 };

export interface OnePortOptions {
  /** "::" stands for every address, IPv4 and IPv6. */
  readonly host: string;
  readonly port: number;
  /** The setting that chose the port; http.tls.port unless told. */
  readonly where?: string;
  readonly certificate: RelayCertificate;
  readonly log: PlainLog;
  /** HTTP and WebSockets. What it has said so far is read from it first. */
  readonly onHttp: (socket: TLSSocket) => void;
  /** TURN over TLS. What it has said so far is read from it first. */
  readonly onTurnStream: (stream: TLSSocket, remote: TransportAddress) => void;
  readonly limits?: Partial<OnePortLimits>;
}

/** TLS 1.2 and 1.3 with forward secrecy and authenticated encryption: what all browsers of this decade speak. */
const TLS: TlsOptions = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
};

const KEEP_ALIVE_MS = 60_000;
/** Refusals are logged at most this often, in ms. */
const QUIET_MS = 60_000;

/** What the first byte after the handshake says. */
export type FirstByte = 'turn' | 'http' | 'neither';

/**
 * The first two bits of STUN are zero, and the next six for every method there is (RFC 8489 section 5); it is what
 * every TURN client begins with, since ChannelData (0x40 to 0x4f, as the letters up to O) needs a channel first. HTTP
 * begins with the letter of a method (RFC 9112 section 3). Nothing is chosen by ALPN: clients of TURN offer none.
 */
export function readFirstByte(byte: number | undefined): FirstByte {
  if (byte === 0) return 'turn';
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a ? 'http' : 'neither';
}

/** One TLS port for HTTPS, WSS and TURN over TLS, told apart by what the client says first. */
export class OnePort {
  readonly #options: OnePortOptions;
  readonly #limits: OnePortLimits;
  readonly #tcp: Server;
  readonly #tls: TlsServer;
  readonly #open = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  /** Oldest first, by the client's address and port. */
  readonly #waiting = new Map<string, Socket>();
  #host = '';
  #refused = 0;
  #complainedAt = -Infinity;

  private constructor(options: OnePortOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    const { certificate, key } = options.certificate;
    this.#tls = createTlsServer({ ...TLS, handshakeTimeout: this.#limits.waitMs, cert: certificate, key }, (socket) =>
      this.#greet(socket),
    );
    this.#tls.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      options.log.debug({ reason: error.code ?? error.message }, 'no TLS handshake');
      socket.destroy();
    });
    // Counted and bounded here, before TLS costs anything.
    this.#tcp = createTcpServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (socket) =>
      this.#accept(socket),
    );
  }

  /** Faults: `server.port_in_use`, `server.address_unavailable`. */
  static async listen(options: OnePortOptions): Promise<Result<OnePort>> {
    const onePort = new OnePort(options);
    try {
      onePort.#host = await listenOn(options.host, (host) => onePort.#listen(host));
    } catch (error) {
      return err(bindFault(error, `${onePort.#where} ${options.port}`));
    }
    // One connection that could not be accepted, for want of file descriptors for example: the next may.
    onePort.#tcp.on('error', (error) => options.log.warn({ err: error }, 'a connection could not be accepted'));
    return ok(onePort);
  }

  #listen(host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tcp.once('error', reject);
      this.#tcp.listen({ host, port: this.#options.port }, () => {
        this.#tcp.off('error', reject);
        resolve();
      });
    });
  }

  get #where(): string {
    return this.#options.where ?? 'http.tls.port';
  }

  /** Where it listens: as configured, or 0.0.0.0 for "::" where there is no IPv6. */
  get host(): string {
    return this.#host;
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  /** For handshakes from now on, also of those who would resume an earlier session: its tickets are void. */
  setCertificate({ certificate, key }: RelayCertificate): void {
    this.#tls.setSecureContext({ ...TLS, cert: certificate, key });
  }

  /** Closes every connection that is left. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    const remote = remoteOf(socket);
    // Without an address it is gone already.
    if (remote === undefined) return void socket.destroy();
    const key = networkOf(remote.address);
    const count = this.#perAddress.get(key) ?? 0;
    if (count >= this.#limits.perAddress || this.#open.size >= this.#limits.connections) {
      socket.destroy();
      this.#complain();
      return;
    }
    this.#perAddress.set(key, count + 1);
    this.#open.add(socket);
    const name = `${remote.address} ${remote.port}`;
    this.#waiting.set(name, socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      if (this.#waiting.get(name) === socket) this.#waiting.delete(name);
      const left = (this.#perAddress.get(key) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(key);
      else this.#perAddress.set(key, left);
    });
    if (this.#waiting.size > this.#limits.waiting) {
      const [oldest] = this.#waiting.values();
      oldest?.destroy();
      this.#complain();
    }
    this.#tls.emit('connection', socket);
  }

  /** After the handshake: waits for the first bytes. */
  #greet(socket: TLSSocket): void {
    socket.on('error', () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), this.#limits.waitMs);
    socket.once('close', () => clearTimeout(timer));
    const onReadable = (): void => {
      const bytes: Buffer | null = socket.read();
      if (bytes === null) return;
      clearTimeout(timer);
      socket.off('readable', onReadable);
      socket.unshift(bytes);
      this.#handOver(socket, readFirstByte(bytes[0]));
    };
    socket.on('readable', onReadable);
  }

  #handOver(socket: TLSSocket, first: FirstByte): void {
    const remote = remoteOf(socket);
    if (remote === undefined || first === 'neither') return void socket.destroy();
    this.#waiting.delete(`${remote.address} ${remote.port}`);
    if (first === 'turn') this.#options.onTurnStream(socket, remote);
    else this.#options.onHttp(socket);
  }

  #complain(): void {
    this.#refused += 1;
    const now = performance.now();
    if (now - this.#complainedAt < QUIET_MS) return;
    this.#complainedAt = now;
    const failure = { code: 'http.rate_limited', where: this.#where } as const;
    this.#options.log.warn({ ...faultFields(failure), refused: this.#refused }, 'connections were closed');
  }
}
