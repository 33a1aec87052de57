import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { TransportAddress } from '@earshot/base';

const RECEIVE_BUFFER = 1 << 20;

/** One end of a call in the generator: a UDP socket of its own, connected once the path is known. */
export class LoadLeg {
  readonly #socket: Socket;
  /** RTP packets, by the first octet alone (RFC 7983) and the payload type (RFC 5761). */
  received = 0;
  onPacket: ((packet: Buffer) => void) | undefined;
  /** Everything that is not RTP, for ICE and DTLS. */
  onControl: ((packet: Buffer, from: RemoteInfo) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet, from) => this.#receive(packet, from));
    // An engine that has ended answers with port unreachable, which is no failure of the generator.
    socket.on('error', () => undefined);
  }

  static async open(): Promise<LoadLeg> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', resolve);
    });
    return new LoadLeg(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    const first = packet[0] ?? 0;
    const type = (packet[1] ?? 0) & 0x7f;
    if (first < 128 || first > 191 || (type >= 64 && type < 96)) {
      this.onControl?.(packet, from);
      return;
    }
    this.received += 1;
    this.onPacket?.(packet);
  }

  /** Sending to a connected socket spares Node a look-up for each packet. */
  connect({ address, port }: TransportAddress): Promise<void> {
    return new Promise((resolve) => this.#socket.connect(port, address, () => resolve()));
  }

  send(packet: Uint8Array): void {
    this.#socket.send(packet);
  }

  sendTo(packet: Uint8Array, { address, port }: TransportAddress): void {
    this.#socket.send(packet, port, address);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
