import type { Duplex } from 'node:stream';

/**
 * Octets that may wait for a client to read. Some two seconds of sound: what comes later is of no use, so it is dropped,
 * as a network would drop it.
 */
const MOST_WAITING = 16 << 10;
/** What a connection may take to bring its last words out, in ms. */
const GRACE_MS = 2000;

/** A TCP or TLS connection of a client. */
export class StreamClient {
  readonly #stream: Duplex;
  #ended = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Writes `bytes[offset, offset + length)`; false: it was dropped. */
  send(bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.#ended || !this.#stream.writable || this.#stream.writableLength + length > MOST_WAITING) return false;
    const packet = Buffer.allocUnsafe(length);
    packet.set(bytes.subarray(offset, offset + length));
    this.#stream.write(packet);
    return true;
  }

  /** Closes when what was sent has left, or soon after. Nothing that arrives from now on is of interest. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    const stream = this.#stream;
    const overdue = setTimeout(() => stream.destroy(), GRACE_MS);
    stream.once('close', () => clearTimeout(overdue));
    stream.resume();
    stream.end(() => stream.destroy());
  }
}
