import type { HandshakeFragment, HandshakeMessage } from './fragment.js';

/** A post-quantum ClientHello has about 1.5 kB, an RSA-4096 certificate 1.4 kB. */
export const MAX_MESSAGE_BYTES = 8192;
/** The longest flight, 5, has four messages. */
export const MAX_MESSAGES = 5;
export const MAX_BUFFERED_BYTES = 16_384;

interface PartialMessage {
  readonly type: number;
  readonly bytes: Uint8Array;
  /** 1 where a byte has arrived. */
  readonly present: Uint8Array;
  missing: number;
}

/**
 * Puts handshake messages together from fragments in any order, duplicated or overlapping, and gives them in the order
 * of message_seq (RFC 6347 sections 4.2.2 and 4.2.3).
 *
 * Bounds: a message larger than MAX_MESSAGE_BYTES, and one MAX_MESSAGES or more ahead of the next, is dropped; messages
 * under way announce at most MAX_BUFFERED_BYTES together. The message that is due next evicts those ahead of it, so
 * that forged later messages cannot keep it out.
 */
export class Reassembler {
  #nextSeq = 0;
  #announced = 0;
  readonly #partials = new Map<number, PartialMessage>();

  /** The message_seq that `next` gives next. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** The announced lengths of all messages under way, in bytes. */
  get bufferedBytes(): number {
    return this.#announced;
  }

  /**
   * Copies what is new and says whether the fragment was fit to be used. The first copy of a byte stays. A fragment that
   * disagrees with those before it on type or length begins the message anew: so one forged fragment costs the peer a
   * retransmission and not the handshake.
   */
  add({ type, length, messageSeq, offset, body }: HandshakeFragment): boolean {
    if (messageSeq < this.#nextSeq || messageSeq >= this.#nextSeq + MAX_MESSAGES) return false;
    if (length > MAX_MESSAGE_BYTES || (body.length === 0 && length > 0)) return false;
    const partial = this.#agreeing(messageSeq, type, length) ?? this.#begin(messageSeq, type, length);
    if (partial === undefined) return false;
    for (let index = 0; index < body.length; index += 1) {
      if (partial.present[offset + index] !== 0) continue;
      partial.present[offset + index] = 1;
      partial.bytes[offset + index] = body[index] as number;
      partial.missing -= 1;
    }
    return true;
  }

  /** The next message in order, if all of it is there. */
  next(): HandshakeMessage | undefined {
    const messageSeq = this.#nextSeq;
    const partial = this.#partials.get(messageSeq);
    if (partial === undefined || partial.missing > 0) return undefined;
    this.#forget(messageSeq, partial);
    this.#nextSeq += 1;
    return { type: partial.type, messageSeq, body: partial.bytes };
  }

  clear(): void {
    this.#partials.clear();
    this.#announced = 0;
  }

  #agreeing(messageSeq: number, type: number, length: number): PartialMessage | undefined {
    const partial = this.#partials.get(messageSeq);
    if (partial === undefined || (partial.type === type && partial.bytes.length === length)) return partial;
    this.#forget(messageSeq, partial);
    return undefined;
  }

  #begin(messageSeq: number, type: number, length: number): PartialMessage | undefined {
    if (!this.#makeRoom(messageSeq, length)) return undefined;
    const partial = { type, bytes: new Uint8Array(length), present: new Uint8Array(length), missing: length };
    this.#partials.set(messageSeq, partial);
    this.#announced += length;
    return partial;
  }

  #makeRoom(messageSeq: number, length: number): boolean {
    while (this.#announced + length > MAX_BUFFERED_BYTES) {
      const last = Math.max(...this.#partials.keys());
      const partial = this.#partials.get(last);
      if (partial === undefined || last < messageSeq) return false;
      this.#forget(last, partial);
    }
    return true;
  }

  #forget(messageSeq: number, partial: PartialMessage): void {
    this.#partials.delete(messageSeq);
    this.#announced -= partial.bytes.length;
  }
}
