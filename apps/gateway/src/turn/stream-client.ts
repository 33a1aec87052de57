import type { Duplex } from 'node:stream';

/**
 * Octets that may wait for a client to read. Some two seconds of sound: what comes later is of no use, so it is dropped,
 * as a network would drop it.
 */
const MOST_WAITING = 16 << 10;
/** With answers, which nobody sends twice over a connection. */
const MOST_WITH_ANSWERS = 64 << 10;
/** What a connection may take to bring its last words out, in ms. */
const GRACE_MS = 2000;

/** The first byte of success and error responses (RFC 8489 section 5), for all methods of TURN. */
const ANSWER = 0x01;

/** A TCP or TLS connection of a client. */
export class StreamClient {
  readonly #stream: Duplex;
  readonly #oneByOne: boolean;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #isWriting = false;
  #ended = false;

  /**
   * `oneByOne`: each message is written when the one before it is, so that over TLS each is a record of its own. Streams
   * would put all that waits into one, and some clients take a record for a message (coturn's turnutils_uclient).
   */
  constructor(stream: Duplex, oneByOne: boolean) {
    this.#stream = stream;
    this.#oneByOne = oneByOne;
  }

  /** Writes `bytes[offset, offset + length)`; false: it was dropped. */
  send(bytes: Uint8Array, offset: number, length: number): boolean {
    if (this.#ended || !this.#stream.writable) return false;
    const most = bytes[offset] === ANSWER ? MOST_WITH_ANSWERS : MOST_WAITING;
    if (this.#stream.writableLength + this.#queued + length > most) return false;
    const message = Buffer.allocUnsafe(length);
    message.set(bytes.subarray(offset, offset + length));
    if (!this.#oneByOne) {
      this.#stream.write(message);
    } else if (this.#isWriting) {
      this.#queue.push(message);
      this.#queued += length;
    } else {
      this.#write(message);
    }
    return true;
  }

  #write(message: Uint8Array): void {
    this.#isWriting = true;
    this.#stream.write(message, this.#written);
  }

  readonly #written = (): void => {
    const next = this.#queue.shift();
    this.#isWriting = next !== undefined;
    if (next === undefined) return;
    this.#queued -= next.length;
    this.#write(next);
  };

  /** Closes when what was sent has left, or soon after. Nothing that arrives from now on is of interest. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    const stream = this.#stream;
    for (const message of this.#queue.splice(0)) stream.write(message);
    const overdue = setTimeout(() => stream.destroy(), GRACE_MS);
    stream.once('close', () => clearTimeout(overdue));
    stream.resume();
    stream.end(() => stream.destroy());
  }
}
