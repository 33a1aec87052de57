import { STUN_COOKIE, STUN_HEADER_LENGTH } from '@earshot/stun';
import { CHANNEL_DATA_HEADER, channelDataLength, isChannelData, padded } from './channel-data.js';

/** More than any path carries in one piece; what announces more is no TURN peer. */
export const MAX_STREAM_MESSAGE = 9216;

/** What tells the kind and length of a message: for STUN, up to and with the cookie. */
const STUN_HEAD = 8;
const INITIAL_BUFFER = 512;
const NOTHING = new Uint8Array(0);

/**
 * Cuts a TCP or TLS stream into STUN messages and ChannelData (RFC 8656 sections 3.1 and 12.5). After each `push`, call
 * `next` until it says false; each time it says true, a message is `bytes[offset, offset + length)` (without padding)
 * until the next call. Keeps at most one incomplete message.
 */
export class StreamFramer {
  bytes: Uint8Array = NOTHING;
  offset = 0;
  length = 0;
  /** The stream is not TURN, or a message is too long: nothing more will come of it. */
  failed = false;

  /** The chunk given last, and how far it is consumed. */
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  /** The beginning of a message whose rest has not come. */
  #kept: Uint8Array = NOTHING;
  #keptLength = 0;

  /** `chunk` must stay as it is until `next` says false. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  next(): boolean {
    if (!this.failed && (this.#keptLength > 0 ? this.#complete() : this.#cut())) return true;
    this.#chunk = NOTHING;
    this.#at = 0;
    this.bytes = NOTHING;
    this.length = 0;
    return false;
  }

  /** A whole message in its place. */
  #cut(): boolean {
    const left = this.#chunk.length - this.#at;
    const size = sizeOf(this.#chunk, this.#at, left);
    if (size === undefined || size > left) {
      this.#keep(left);
      return false;
    }
    if (size < 0) return this.#fail();
    this.#found(this.#chunk, this.#at, size);
    this.#at += size;
    return true;
  }

  /** A message of which the beginning was kept. */
  #complete(): boolean {
    for (;;) {
      const size = sizeOf(this.#kept, 0, this.#keptLength);
      if (size !== undefined && size < 0) return this.#fail();
      if (size === this.#keptLength) {
        this.#found(this.#kept, 0, size);
        this.#keptLength = 0;
        return true;
      }
      const left = this.#chunk.length - this.#at;
      if (left === 0) return false;
      this.#keep(Math.min(left, (size ?? headOf(this.#kept[0])) - this.#keptLength));
    }
  }

  #found(bytes: Uint8Array, offset: number, size: number): void {
    this.bytes = bytes;
    this.offset = offset;
    this.length = isChannelData(bytes[offset]) ? CHANNEL_DATA_HEADER + channelDataLength(bytes, offset) : size;
  }

  /** Moves the next `count` bytes of the chunk behind those that are kept. */
  #keep(count: number): void {
    const length = this.#keptLength + count;
    if (length > this.#kept.length) {
      const grown = new Uint8Array(Math.max(length, INITIAL_BUFFER, this.#kept.length * 2));
      grown.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = grown;
    }
    this.#kept.set(this.#chunk.subarray(this.#at, this.#at + count), this.#keptLength);
    this.#keptLength = length;
    this.#at += count;
  }

  #fail(): false {
    this.failed = true;
    this.#kept = NOTHING;
    this.#keptLength = 0;
    return false;
  }
}

const headOf = (firstByte: number | undefined): number => (isChannelData(firstByte) ? CHANNEL_DATA_HEADER : STUN_HEAD);

/** Bytes on the wire of the message at `at`, of which `have` are there; undefined: not known yet; -1: not TURN. */
function sizeOf(bytes: Uint8Array, at: number, have: number): number | undefined {
  if (have === 0) return undefined;
  const first = bytes[at] as number;
  if (first >= 0x04 && !isChannelData(first)) return -1;
  if (have < headOf(first)) return undefined;
  const length = channelDataLength(bytes, at);
  if (isChannelData(first)) return within(padded(CHANNEL_DATA_HEADER + length));
  return length % 4 === 0 && hasCookie(bytes, at + 4) ? within(STUN_HEADER_LENGTH + length) : -1;
}

const within = (size: number): number => (size <= MAX_STREAM_MESSAGE ? size : -1);

const hasCookie = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === STUN_COOKIE >>> 24 &&
  bytes[at + 1] === ((STUN_COOKIE >>> 16) & 0xff) &&
  bytes[at + 2] === ((STUN_COOKIE >>> 8) & 0xff) &&
  bytes[at + 3] === (STUN_COOKIE & 0xff);
