import type { Socket } from 'node:dgram';
import { type Fault, ok, type Result, type TransportAddress } from '@earshot/base';
import { Outgoing } from '../media/outgoing.js';
import { bindUdp, isConnected, isPort, numericLookup } from '../net/bind.js';

const ignore = (): void => {};

/** For all sockets of this thread. */
const outgoing = new Outgoing();

/** A bound UDP socket of the relay: one that clients send to, or a relayed address. */
export class UdpSocket {
  readonly local: TransportAddress;
  /** Set by the owner. `from` must be copied to be kept. */
  onPacket: (packet: Uint8Array, from: TransportAddress) => void = ignore;
  readonly #socket: Socket;
  #waiting = false;
  #connected = false;
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.local = { address, port };
    socket.on('message', (packet, from) => this.onPacket(packet, from));
    // Without a listener an ICMP error or an unreachable network would end the process.
    socket.on('error', ignore);
  }

  /**
   * Sends `bytes[offset, offset + length)` before it returns. False: it was dropped, because the system has not taken an
   * earlier packet yet, and sound that waits is sound that comes too late. `lasting`: nobody will write upon the bytes.
   * A connected socket sends to its remote, whatever `to` says.
   */
  send(bytes: Uint8Array, offset: number, length: number, to: TransportAddress, lasting: boolean): boolean {
    if (this.#closed || !isPort(to.port)) return false;
    if (this.#waiting && this.#socket.getSendQueueCount() > 0) return false;
    const packet = packetOf(bytes, offset, length, lasting);
    if (this.#connected) this.#socket.send(packet);
    else this.#socket.send(packet, to.port, to.address);
    this.#waiting = this.#socket.getSendQueueCount() > 0;
    if (this.#waiting) outgoing.leave();
    return true;
  }

  /** From now on the system drops what comes from elsewhere, and need not look for the way of each packet. */
  connect({ address, port }: TransportAddress): void {
    if (this.#closed || this.#connected) return;
    this.#socket.connect(port, address);
    this.#connected = isConnected(this.#socket);
  }

  /** The socket must have been bound to a port of its owner's choice: one of the system's choice it would lose. */
  disconnect(): void {
    if (this.#closed || !this.#connected) return;
    this.#connected = false;
    this.#socket.disconnect();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}

function packetOf(bytes: Uint8Array, offset: number, length: number, lasting: boolean): Uint8Array {
  if (lasting) return new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length);
  return outgoing.put(bytes, offset, length) ?? new Uint8Array(bytes.subarray(offset, offset + length));
}

/** Binds a UDP socket on an address; `port` 0 lets the system choose. `buffer`: octets, for what comes and what goes. */
export async function openUdpSocket(
  address: string,
  port: number,
  where: string,
  buffer: number,
): Promise<Result<UdpSocket, Fault>> {
  const bound = await bindUdp(address, port, where, {
    lookup: numericLookup,
    recvBufferSize: buffer,
    sendBufferSize: buffer,
  });
  return bound.ok ? ok(new UdpSocket(bound.value)) : bound;
}
