import { createSocket, type Socket } from 'node:dgram';
import type { TransportAddress } from '@earshot/base';
import { isRtpPacket, rtpPacket } from './packet.js';
import { HOST } from './target.js';

/** Octets. All clients' packets arrive on this one socket. */
const BUFFER = 8 << 20;

/** Addresses are numeric: with this, a send leaves in the current turn. */
const numeric = (
  address: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void => callback(null, address, 4);

/** What clients speak to through the relay: one UDP port, as a media worker has it. */
export class Peer {
  readonly address: TransportAddress;
  received = 0;
  wrong = 0;
  readonly #socket: Socket;
  readonly #packet = rtpPacket(0);

  static async open(): Promise<Peer> {
    const socket = createSocket({ type: 'udp4', lookup: numeric, recvBufferSize: BUFFER, sendBufferSize: BUFFER });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, HOST, resolve);
    });
    return new Peer(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.address = { address: HOST, port: socket.address().port };
    socket.on('message', (packet) => {
      this.received += 1;
      if (!isRtpPacket(packet, 0)) this.wrong += 1;
    });
    socket.on('error', () => undefined);
  }

  send({ address, port }: TransportAddress): void {
    this.#socket.send(this.#packet, port, address);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
