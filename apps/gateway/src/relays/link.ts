import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { err, type Fault, fault, ok, type Result, type TransportAddress } from '@earshot/base';
import { type RelayUrl, StreamFramer } from '@earshot/turn';
import { judgeName, judgeTrust, judgeValidity } from './certificate.js';

/** A way to a STUN or TURN server. It opens, carries whole messages, and is closed by its owner. */
export interface RelayLink {
  readonly transport: RelayUrl['transport'];
  /** The server as it was reached. */
  readonly server: TransportAddress;
  readonly local: TransportAddress;
  /** What is wrong with the certificate of a TLS server; empty where all is well, or without TLS. */
  readonly certificateFaults: readonly Fault[];
  onMessage: (bytes: Uint8Array) => void;
  /** The server hung up, or the network says that nobody listens there. */
  onLost: (fault: Fault) => void;
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface LinkOptions {
  /** How long a name, a connection and a handshake may take together, in ms. */
  readonly timeoutMs: number;
  /** PEM: authorities to trust instead of the usual ones. */
  readonly ca?: string | readonly string[];
  /** Gives up at once, before and after it opened. */
  readonly signal?: AbortSignal;
}

const STOPPED = fault('turn.unreachable', 'stopped');

const ignore = (): void => {};

/** Faults: `turn.unreachable` where no way was found, `turn.silent` where nothing answered in time. */
export async function openLink(url: RelayUrl, options: LinkOptions): Promise<Result<RelayLink>> {
  const { timeoutMs, signal } = options;
  const deadline = performance.now() + timeoutMs;
  const overdue = fault('turn.unreachable', 'no answer from the name service', url.host);
  const address = await within(resolve(url.host), timeoutMs, overdue, signal);
  if (!address.ok) return address;
  const server = { address: address.value, port: url.port };
  const link =
    url.transport === 'udp'
      ? await openUdp(server)
      : await openStream(url, server, options, deadline - performance.now());
  if (!link.ok || signal === undefined) return link;
  const stop = (): void => {
    link.value.close();
    link.value.onLost(STOPPED);
  };
  if (signal.aborted) link.value.close();
  else signal.addEventListener('abort', stop, { once: true });
  return signal.aborted ? err(STOPPED) : link;
}

/** What is pending may go on for a while; it is not waited for. */
async function within<T>(
  pending: Promise<Result<T>>,
  ms: number,
  overdue: Fault,
  signal: AbortSignal | undefined,
): Promise<Result<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Result<T>>((settle) => {
    timer = setTimeout(() => settle(err(overdue)), Math.max(1, ms));
    if (signal?.aborted === true) settle(err(STOPPED));
    signal?.addEventListener('abort', () => settle(err(STOPPED)), { once: true });
  });
  const first = await Promise.race([pending, late]);
  clearTimeout(timer);
  return first;
}

/** IPv4 first: that a server has an IPv6 address says nothing about this machine. */
async function resolve(host: string): Promise<Result<string>> {
  if (isIP(host) !== 0) return ok(host);
  try {
    const found = await lookup(host, { all: true });
    const best = found.find(({ family }) => family === 4) ?? found[0];
    if (best !== undefined) return ok(best.address);
  } catch (error) {
    return err(unreachable(error, host));
  }
  return err(fault('turn.unreachable', 'the name has no address', host));
}

const unreachable = (error: unknown, where?: string): Fault =>
  fault('turn.unreachable', (error as NodeJS.ErrnoException).code ?? (error as Error).message, where);

async function openUdp(server: TransportAddress): Promise<Result<RelayLink>> {
  const socket = createSocket(isIP(server.address) === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((done, failed) => {
      socket.once('error', failed);
      // A connected socket hears that a port is closed.
      socket.connect(server.port, server.address, (error?: Error) => (error ? failed(error) : done()));
    });
  } catch (error) {
    socket.close();
    return err(unreachable(error));
  }
  socket.removeAllListeners('error');
  return ok(new UdpLink(socket, server));
}

class UdpLink implements RelayLink {
  readonly transport = 'udp';
  readonly server: TransportAddress;
  readonly local: TransportAddress;
  readonly certificateFaults = [];
  onMessage: (bytes: Uint8Array) => void = ignore;
  onLost: (fault: Fault) => void = ignore;
  readonly #socket: UdpSocket;
  #isOpen = true;

  constructor(socket: UdpSocket, server: TransportAddress) {
    this.#socket = socket;
    this.server = server;
    const { address, port } = socket.address();
    this.local = { address, port };
    socket.on('message', (bytes) => this.onMessage(bytes));
    socket.on('error', (error) => this.onLost(unreachable(error)));
  }

  send(bytes: Uint8Array): void {
    if (this.#isOpen) this.#socket.send(bytes);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.close();
  }
}

async function openStream(
  { host, transport }: RelayUrl,
  server: TransportAddress,
  { ca, signal }: LinkOptions,
  timeoutMs: number,
): Promise<Result<RelayLink>> {
  const { address, port } = server;
  // Whoever asks a relay wants to know all that is wrong with its certificate, not to be refused for the first of it.
  const tls = {
    host: address,
    port,
    servername: isIP(host) === 0 ? host : '',
    rejectUnauthorized: false,
    ...(ca === undefined ? {} : { ca: [...(typeof ca === 'string' ? [ca] : ca)] }),
  };
  const socket = transport === 'tls' ? connectTls(tls) : connectTcp(port, address);
  const connected = new Promise<Result<void>>((done) => {
    socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => done(ok(undefined)));
    socket.once('error', (error) => done(err(unreachable(error))));
    socket.once('close', () => done(err(fault('turn.unreachable', 'the server hung up'))));
  });
  const overdue = fault('turn.silent', transport === 'tls' ? 'no TLS handshake' : 'no connection');
  const opened = await within(connected, timeoutMs, overdue, signal);
  if (!opened.ok) {
    socket.on('error', ignore);
    socket.destroy();
    return opened;
  }
  socket.removeAllListeners('error');
  socket.removeAllListeners('close');
  const faults = transport === 'tls' ? certificateFaults(socket as TLSSocket, host) : [];
  return ok(new StreamLink(socket, transport, server, faults));
}

function certificateFaults(socket: TLSSocket, host: string): Fault[] {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return [fault('server.certificate_untrusted', 'none was presented')];
  // Node's types call it an Error; it is the text of the code, or null.
  const error = socket.authorizationError as unknown as string | null;
  return [judgeValidity(certificate, Date.now()), judgeName(certificate, host), judgeTrust(error ?? undefined)].filter(
    (found) => found !== undefined,
  );
}

class StreamLink implements RelayLink {
  readonly transport: RelayUrl['transport'];
  readonly server: TransportAddress;
  readonly local: TransportAddress;
  readonly certificateFaults: readonly Fault[];
  onMessage: (bytes: Uint8Array) => void = ignore;
  onLost: (fault: Fault) => void = ignore;
  readonly #socket: Socket;
  readonly #framer = new StreamFramer();
  #isClosed = false;

  constructor(
    socket: Socket,
    transport: RelayUrl['transport'],
    server: TransportAddress,
    certificateFaults: readonly Fault[],
  ) {
    this.#socket = socket;
    this.transport = transport;
    this.server = server;
    this.local = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.certificateFaults = certificateFaults;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#lost(unreachable(error)));
    socket.on('close', () => this.#lost(fault('turn.unreachable', 'the server hung up')));
  }

  #receive(chunk: Uint8Array): void {
    this.#framer.push(chunk);
    while (this.#framer.next()) {
      const { bytes, offset, length } = this.#framer;
      this.onMessage(bytes.subarray(offset, offset + length));
    }
    if (this.#framer.failed) this.#lost(fault('turn.bad_request', 'the server does not speak TURN'));
  }

  #lost(reason: Fault): void {
    if (this.#isClosed) return;
    this.close();
    this.onLost(reason);
  }

  send(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#socket.write(bytes);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }
}
