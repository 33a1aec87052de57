/** One past the longest slice that is kept. */
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
