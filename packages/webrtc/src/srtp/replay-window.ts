const SIZE = 128;
const WORDS = SIZE / 32;

/** The sliding window of RFC 3711 section 3.3.2: which of the last 128 packet indices have been seen. */
export class ReplayWindow {
  /** The highest index accepted so far; -1 before the first. */
  highest = -1;
  /** Bit `index mod SIZE`, valid for the indices (highest - SIZE, highest]. */
  readonly #seen = new Uint32Array(WORDS);

  /** True when the index has not been seen and is not too old to tell. */
  isFresh(index: number): boolean {
    if (index > this.highest) return true;
    if (index < 0 || index <= this.highest - SIZE) return false;
    const bit = index % SIZE;
    return ((this.#seen[bit >>> 5] as number) & (1 << (bit & 31))) === 0;
  }

  /** Records an authenticated, fresh index. */
  accept(index: number): void {
    if (index > this.highest) {
      if (index - this.highest >= SIZE) this.#seen.fill(0);
      else for (let skipped = this.highest + 1; skipped < index; skipped += 1) this.#clear(skipped);
      this.highest = index;
    }
    const bit = index % SIZE;
    this.#seen[bit >>> 5] = (this.#seen[bit >>> 5] as number) | (1 << (bit & 31));
  }

  #clear(index: number): void {
    const bit = index % SIZE;
    this.#seen[bit >>> 5] = (this.#seen[bit >>> 5] as number) & ~(1 << (bit & 31));
  }
}
