import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { err, type Fault, ok, type Result, type TransportAddress } from '@earshot/base';
import { bindFault } from '../net/bind.js';
import { Handshakes } from './handshakes.js';
import type { RelayCertificate } from './types.js';

/** A handshake that takes longer is held open on purpose, in ms. */
const HANDSHAKE_MS = 10_000;

export type AcceptStream = (socket: Socket, remote: TransportAddress) => void;

/** A listening TCP socket, with or without TLS. */
export interface StreamServer {
  readonly port: number;
  /** Listens no more. Connections stay. */
  close(): void;
}

export type StreamListening = Promise<Result<StreamServer, Fault>>;

/** Undefined: it is gone already. */
function remoteOf({ remoteAddress, remotePort }: Socket): TransportAddress | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { address: remoteAddress, port: remotePort };
}

function take(socket: Socket, accept: AcceptStream): void {
  const remote = remoteOf(socket);
  if (remote === undefined) socket.destroy();
  else accept(socket, remote);
}

async function listen(server: Server, host: string, port: number, where: string): StreamListening {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true, ipv6Only: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    return err(bindFault(error, where));
  }
  // A connection that could not be accepted, for want of file descriptors for example: the next may.
  server.on('error', () => undefined);
  return ok({ port: (server.address() as AddressInfo).port, close: () => void server.close() });
}

export const listenTcp = (address: string, port: number, where: string, accept: AcceptStream): StreamListening =>
  listen(
    createTcpServer({ noDelay: true }, (socket) => take(socket, accept)),
    address,
    port,
    where,
  );

/** The TLS servers of one port, one for each address, with one certificate. */
export class TlsServers {
  readonly #accept: AcceptStream;
  readonly #servers = new Set<TlsServer>();
  readonly #handshakes = new Handshakes();
  #certificate: RelayCertificate;

  constructor(certificate: RelayCertificate, accept: AcceptStream) {
    this.#certificate = certificate;
    this.#accept = accept;
  }

  async listen(address: string, port: number, where: string): StreamListening {
    const server = createTlsServer({ ...contextOf(this.#certificate), handshakeTimeout: HANDSHAKE_MS, noDelay: true });
    server.on('connection', (socket: Socket) => this.#begin(socket));
    server.on('secureConnection', (socket) => {
      const remote = remoteOf(socket);
      if (remote !== undefined) this.#handshakes.end(remote);
      take(socket, this.#accept);
    });
    const listening = await listen(server, address, port, where);
    if (!listening.ok) return listening;
    this.#servers.add(server);
    return ok({
      port: listening.value.port,
      close: () => {
        this.#servers.delete(server);
        listening.value.close();
      },
    });
  }

  /** For handshakes from now on. */
  setCertificate(certificate: RelayCertificate): void {
    this.#certificate = certificate;
    for (const server of this.#servers) server.setSecureContext(contextOf(certificate));
  }

  #begin(socket: Socket): void {
    const remote = remoteOf(socket);
    if (remote === undefined || !this.#handshakes.begin(remote)) socket.destroy();
    else socket.once('close', () => this.#handshakes.end(remote));
  }
}

const contextOf = ({ certificate, key }: RelayCertificate) =>
  ({ cert: certificate, key, minVersion: 'TLSv1.2' }) as const;
