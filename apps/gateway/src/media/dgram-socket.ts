import type { Socket } from 'node:dgram';
import { type Fault, ok, type Result, type TransportAddress } from '@earshot/base';
import { bindUdp, isConnected, isPort, numericLookup } from '../net/bind.js';
import { Outgoing } from './outgoing.js';
import type { UdpSocket } from './udp.js';

/** Octets. A burst of a few hundred calls, or a pause of the thread of some 100 ms, must not overflow them. */
const SHARED_BUFFER = 4 << 20;
const LEG_BUFFER = 256 << 10;

const ignore = (): void => {};

/** For all sockets of this thread. */
const outgoing = new Outgoing();

class DgramSocket implements UdpSocket {
  readonly local: TransportAddress;
  onPacket: (packet: Uint8Array, from: TransportAddress) => void = ignore;
  onRefused: () => void = ignore;
  readonly #socket: Socket;
  #connected = false;
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.local = { address, port };
    socket.on('message', (packet, from) => this.onPacket(packet, from));
    // Without a listener an ICMP error or an unreachable network would end the process.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') this.onRefused();
    });
  }

  send(bytes: Uint8Array, offset: number, length: number, to: TransportAddress): void {
    // While the system is not ready for an earlier packet, sound that waits is sound that comes too late.
    if (this.#closed || this.#socket.getSendQueueCount() > 0) return;
    // Given offset and length, `dgram` would make a slice of its own for each packet.
    const packet = outgoing.put(bytes, offset, length);
    if (packet === undefined) return;
    if (this.#connected) this.#socket.send(packet);
    else if (isPort(to.port)) this.#socket.send(packet, to.port, to.address);
    if (this.#socket.getSendQueueCount() > 0) outgoing.leave();
  }

  connect(to: TransportAddress): void {
    this.disconnect();
    if (this.#closed || !isPort(to.port)) return;
    this.#socket.connect(to.port, to.address);
    this.#connected = isConnected(this.#socket);
  }

  disconnect(): void {
    if (!this.#connected || this.#closed) return;
    this.#connected = false;
    this.#socket.disconnect();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}

/** Binds a UDP socket on an IPv4 or IPv6 address; `port` 0 lets the system choose. `shared`: it carries many calls. */
export async function openUdpSocket(
  host: string,
  port: number,
  where: string,
  shared: boolean,
): Promise<Result<UdpSocket, Fault>> {
  const size = shared ? SHARED_BUFFER : LEG_BUFFER;
  const bound = await bindUdp(host, port, where, { lookup: numericLookup, recvBufferSize: size, sendBufferSize: size });
  return bound.ok ? ok(new DgramSocket(bound.value)) : bound;
}
