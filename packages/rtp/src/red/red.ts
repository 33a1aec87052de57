/**
 * Redundant audio (RFC 2198): the newest frame together with those before it, so that a packet that is lost comes again
 * with the next one. Headers of all blocks first, then their data in the same order, the oldest first.
 *
 *    0                   1                    2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3  4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |1|  block PT   |  timestamp offset         |   block length    |   of each but the last block
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |0|  block PT   |                                                   of the last, which is the newest frame
 *   +-+-+-+-+-+-+-+-+
 */
const HEADER = 4;
const LAST_HEADER = 1;
const MAX_BLOCK = 0x3ff;
const MAX_OFFSET = 0x3fff;
/** A packet with more blocks than this carries nothing that anybody could still play. */
const MAX_BLOCKS = 10;
/** Opus frames are kept up to what a block may hold. */
const MAX_DEPTH = 2;

/** Reads payloads in place, one after the other: what it says holds until the next `read`. Nothing is allocated. */
export class RedReader {
  /** Of the blocks, the newest frame included, which is the last. */
  count = 0;
  readonly payloadTypes = new Uint8Array(MAX_BLOCKS);
  /** How far each frame lies before the newest one, in ticks of the RTP clock. */
  readonly offsets = new Uint16Array(MAX_BLOCKS);
  /** Where each frame lies in the packet. */
  readonly starts = new Uint32Array(MAX_BLOCKS);
  readonly ends = new Uint32Array(MAX_BLOCKS);

  /** False for what is no RFC 2198 payload: nothing of it is to be used. */
  read(packet: Uint8Array, start: number, end: number): boolean {
    this.count = 0;
    let at = start;
    let blocks = 0;
    let length = 0;
    for (; at < end && (packet[at] as number) >= 0x80; at += HEADER) {
      if (at + HEADER > end || blocks === MAX_BLOCKS - 1) return false;
      const low = packet[at + 2] as number;
      const size = ((low & 3) << 8) | (packet[at + 3] as number);
      this.payloadTypes[blocks] = (packet[at] as number) & 0x7f;
      this.offsets[blocks] = ((packet[at + 1] as number) << 6) | (low >> 2);
      this.starts[blocks] = length;
      length += size;
      this.ends[blocks] = length;
      blocks += 1;
    }
    // The newest frame takes what is left, and an empty one is none.
    if (at >= end || at + LAST_HEADER + length >= end) return false;
    this.payloadTypes[blocks] = packet[at] as number;
    this.offsets[blocks] = 0;
    const data = at + LAST_HEADER;
    for (let block = 0; block < blocks; block += 1) {
      this.starts[block] = (this.starts[block] as number) + data;
      this.ends[block] = (this.ends[block] as number) + data;
    }
    this.starts[blocks] = data + length;
    this.ends[blocks] = end;
    this.count = blocks + 1;
    return true;
  }
}

/** Remembers the last frames that were sent, and puts them before the next. Nothing is allocated by the packet. */
export class RedWriter {
  /** How many earlier frames go with each, where there is room: 1 or 2. */
  depth = 1;
  readonly #frames: readonly Uint8Array[] = Array.from({ length: MAX_DEPTH }, () => new Uint8Array(MAX_BLOCK));
  readonly #lengths = new Uint16Array(MAX_DEPTH);
  readonly #timestamps = new Uint32Array(MAX_DEPTH);
  /** Where the next frame is kept; the one before it is the newest. */
  #next = 0;

  /** What was sent before is too old, or was never sent. */
  clear(): void {
    this.#lengths.fill(0);
  }

  /**
   * Makes a payload of the frame `buffer[at, at + length)` in its place, of at most `room` bytes; returns its length.
   * 0: there is no room for it, and the buffer is as it was.
   */
  wrap(buffer: Uint8Array, at: number, length: number, payloadType: number, timestamp: number, room: number): number {
    let earlier = 0;
    let size = LAST_HEADER + length;
    if (size > room || length === 0) {
      // It will be sent by itself: frames before it would come with the wrong number.
      this.clear();
      return 0;
    }
    // From the newest back: a gap between two that are sent would give the receiver the wrong numbers.
    for (; earlier < this.depth && earlier < MAX_DEPTH; earlier += 1) {
      const slot = (this.#next + MAX_DEPTH - 1 - earlier) % MAX_DEPTH;
      const kept = this.#lengths[slot] as number;
      const offset = (timestamp - (this.#timestamps[slot] as number)) >>> 0;
      if (kept === 0 || offset === 0 || offset > MAX_OFFSET || size + HEADER + kept > room) break;
      size += HEADER + kept;
    }
    buffer.copyWithin(at + size - length, at, at + length);
    let header = at;
    let data = at + earlier * HEADER + LAST_HEADER;
    for (let back = earlier; back > 0; back -= 1) {
      const slot = (this.#next + MAX_DEPTH - back) % MAX_DEPTH;
      const frame = this.#frames[slot] as Uint8Array;
      const kept = this.#lengths[slot] as number;
      const offset = (timestamp - (this.#timestamps[slot] as number)) >>> 0;
      buffer[header] = 0x80 | payloadType;
      buffer[header + 1] = offset >> 6;
      buffer[header + 2] = ((offset & 0x3f) << 2) | (kept >> 8);
      buffer[header + 3] = kept & 0xff;
      header += HEADER;
      for (let index = 0; index < kept; index += 1) buffer[data + index] = frame[index] as number;
      data += kept;
    }
    buffer[header] = payloadType;
    this.#keep(buffer, data, length, timestamp);
    return size;
  }

  #keep(buffer: Uint8Array, at: number, length: number, timestamp: number): void {
    const slot = this.#next;
    this.#next = (slot + 1) % MAX_DEPTH;
    this.#timestamps[slot] = timestamp;
    this.#lengths[slot] = length > MAX_BLOCK ? 0 : length;
    if (length > MAX_BLOCK) return;
    const frame = this.#frames[slot] as Uint8Array;
    for (let index = 0; index < length; index += 1) frame[index] = buffer[at + index] as number;
  }
}
