const FIRST_SIZE = 64;
/** A browser checks each path every few seconds: this is the better part of an hour, in 32 kB. */
const LAST_SIZE = 4096;

/** 96 random bits folded to 32: that two checks of a call fall together costs one of them, once in a million. */
function fold(transactionId: Uint8Array): number {
  let folded = 0;
  for (let index = 0; index < transactionId.length; index += 1) {
    folded ^= (transactionId[index] ?? 0) << ((index & 3) * 8);
  }
  return folded;
}

/**
 * The transactions of the latest checks, each with the path it came by. A transaction belongs to one path (RFC 8445
 * section 7.2.2 makes a new one for each check): the same one from elsewhere was recorded on the way and sent again by
 * somebody who wants the media.
 */
export class SeenTransactions {
  #ids = new Int32Array(FIRST_SIZE);
  #paths = new Int32Array(FIRST_SIZE);
  #next = 0;
  #count = 0;

  /** Notes a transaction that came by `path`, and returns the path it came by before, or undefined for a new one. */
  add(transactionId: Uint8Array, path: number): number | undefined {
    const id = fold(transactionId);
    const known = this.#find(id);
    if (known !== undefined) return known;
    if (this.#next === this.#ids.length) this.#makeRoom();
    this.#ids[this.#next] = id;
    this.#paths[this.#next] = path;
    this.#next += 1;
    this.#count = Math.max(this.#count, this.#next);
    return undefined;
  }

  #find(id: number): number | undefined {
    const index = this.#ids.indexOf(id);
    return index >= 0 && index < this.#count ? this.#paths[index] : undefined;
  }

  /** Grows up to the limit; from there on the oldest are forgotten. */
  #makeRoom(): void {
    const size = this.#ids.length;
    if (size === LAST_SIZE) {
      this.#next = 0;
      return;
    }
    const [ids, paths] = [new Int32Array(size * 4), new Int32Array(size * 4)];
    ids.set(this.#ids);
    paths.set(this.#paths);
    this.#ids = ids;
    this.#paths = paths;
  }
}
