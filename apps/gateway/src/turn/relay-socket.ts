import type { TransportAddress } from '@earshot/base';
import type { UdpSocket } from './udp-socket.js';

/** Packets in a row to one peer, after which the socket is connected to it: a second of sound. */
const STEADY = 50;

/** The socket of a relayed transport address. */
export class RelaySocket {
  readonly #socket: UdpSocket;
  readonly #connects: boolean;
  #peer: TransportAddress | undefined;
  #inARow = 0;

  /**
   * `connects`: none of its peers sends before it was sent to, as the media of this gateway does not. Then the socket is
   * connected to the one that the client speaks to, which spares the system a look-up for each packet, and keeps
   * strangers out. It is not where a peer may be the first to send: its packets would be lost.
   */
  constructor(socket: UdpSocket, connects: boolean) {
    this.#socket = socket;
    this.#connects = connects;
  }

  get port(): number {
    return this.#socket.local.port;
  }

  /** See UdpSocket. `peer` is the same object for every packet to that peer. */
  send(bytes: Uint8Array, offset: number, length: number, peer: TransportAddress, lasting: boolean): boolean {
    if (peer !== this.#peer) this.#turnTo(peer);
    else if (this.#connects && this.#inARow < STEADY) this.#again(peer);
    return this.#socket.send(bytes, offset, length, peer, lasting);
  }

  #turnTo(peer: TransportAddress): void {
    this.#socket.disconnect();
    this.#peer = peer;
    this.#inARow = 0;
  }

  #again(peer: TransportAddress): void {
    this.#inARow += 1;
    if (this.#inARow === STEADY) this.#socket.connect(peer);
  }

  onPacket(listener: (packet: Uint8Array, from: TransportAddress) => void): void {
    this.#socket.onPacket = listener;
  }

  close(): void {
    this.#socket.close();
  }
}
