/** One past the longest slice that is kept; the largest datagram that is sent here is shorter. */
const LENGTHS = 2048;

/**
 * Slices of the buffers that packets are built in. All packets of a thread are built in the same place, and speech has
 * few lengths: what was made for one packet serves for those after it.
 */
export class Slices {
  readonly #byLength: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(LENGTHS).fill(undefined);

  /** `bytes[offset, offset + length)`. */
  of(bytes: Uint8Array, offset: number, length: number): Uint8Array {
    const known = this.#byLength[length];
    const { buffer, byteOffset } = bytes;
    if (known !== undefined && known.buffer === buffer && known.byteOffset === byteOffset + offset) return known;
    const slice = new Uint8Array(buffer, byteOffset + offset, length);
    if (length < LENGTHS) this.#byLength[length] = slice;
    return slice;
  }
}

/**
 * Where packets of a thread stand while the system takes them. Mostly it takes them at once. When it is not ready, the
 * socket refers to the packet until it is: built upon in the meantime, it would carry another call's sound, perhaps
 * not even encrypted. So such a packet keeps its place, and those after it get a new one.
 */
export class Outgoing {
  readonly #sources = new Slices();
  #place = new Uint8Array(LENGTHS);
  #packets = new Slices();

  /** A copy of `bytes[offset, offset + length)`, good until the next call; undefined when it is too long. */
  put(bytes: Uint8Array, offset: number, length: number): Uint8Array | undefined {
    if (length >= LENGTHS) return undefined;
    const packet = this.#packets.of(this.#place, 0, length);
    packet.set(this.#sources.of(bytes, offset, length));
    return packet;
  }

  /** Leaves the last packet to whoever still refers to it. */
  leave(): void {
    this.#place = new Uint8Array(LENGTHS);
    this.#packets = new Slices();
  }
}
