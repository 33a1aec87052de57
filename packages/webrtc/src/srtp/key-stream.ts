import type { BlockCipher } from '@earshot/base';
import { SRTP_MAX_PACKET } from './profile.js';

const BLOCK = 16;
const CAPACITY = SRTP_MAX_PACKET / BLOCK;
/** Packets prepared together once a stream runs in sequence: one call of the cipher costs more than a hundred blocks. */
const AHEAD = 8;

/**
 * The key stream of AES in counter mode (RFC 3711 section 4.1.1), made for several packets at once: their indices are
 * known before the packets are.
 */
export class KeyStream {
  readonly #cipher: BlockCipher;
  readonly #salt: Uint8Array;
  readonly #counters = new Uint8Array(CAPACITY * BLOCK);
  #stream: Uint8Array = new Uint8Array(0);
  #ssrc = -1;
  /** The packets `[first, first + packets)` are prepared, `blocks` blocks each. */
  #first = 0;
  #packets = 0;
  #blocks = 0;
  #next = -1;

  constructor(cipher: BlockCipher, salt: Uint8Array) {
    this.#cipher = cipher;
    this.#salt = salt;
  }

  /** Exclusive-ors `bytes[start, end)`, at most `SRTP_MAX_PACKET` octets, with the key stream of one packet. */
  apply(bytes: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    const blocks = Math.ceil((end - start) / BLOCK);
    let ahead = index - this.#first;
    if (ssrc !== this.#ssrc || ahead < 0 || ahead >= this.#packets || blocks > this.#blocks) {
      this.#prepare(blocks, ssrc, index);
      ahead = 0;
    }
    this.#next = index + 1;
    const stream = this.#stream;
    let from = ahead * this.#blocks * BLOCK;
    for (let at = start; at < end; at += 1, from += 1) bytes[at] = (bytes[at] as number) ^ (stream[from] as number);
  }

  #prepare(blocks: number, ssrc: number, index: number): void {
    const inSequence = ssrc === this.#ssrc && index === this.#next;
    // Packets of varying size: prepare for the larger of this one and the last ones.
    this.#blocks = inSequence ? Math.max(blocks, this.#blocks) : blocks;
    this.#packets = inSequence ? Math.max(1, Math.min(AHEAD, Math.floor(CAPACITY / this.#blocks))) : 1;
    this.#ssrc = ssrc;
    this.#first = index;
    const counters = this.#counters;
    let at = 0;
    for (let packet = 0; packet < this.#packets; packet += 1) {
      const start = at;
      this.#writeIv(start, ssrc, index + packet);
      for (let block = 0; block < this.#blocks; block += 1, at += BLOCK) {
        for (let byte = 0; byte < BLOCK - 2; byte += 1) counters[at + byte] = counters[start + byte] as number;
        counters[at + 14] = block >>> 8;
        counters[at + 15] = block;
      }
    }
    this.#stream = this.#cipher.encrypt(counters.subarray(0, at));
  }

  /** IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16) */
  #writeIv(at: number, ssrc: number, index: number): void {
    const counters = this.#counters;
    counters.set(this.#salt, at);
    const high = Math.floor(index / 0x1_0000_0000);
    const low = index >>> 0;
    this.#mix(at + 4, ssrc);
    counters[at + 8] = (counters[at + 8] as number) ^ (high >>> 8);
    counters[at + 9] = (counters[at + 9] as number) ^ high;
    this.#mix(at + 10, low);
  }

  #mix(at: number, word: number): void {
    const counters = this.#counters;
    counters[at] = (counters[at] as number) ^ (word >>> 24);
    counters[at + 1] = (counters[at + 1] as number) ^ (word >>> 16);
    counters[at + 2] = (counters[at + 2] as number) ^ (word >>> 8);
    counters[at + 3] = (counters[at + 3] as number) ^ word;
  }
}
