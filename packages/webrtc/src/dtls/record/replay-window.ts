const WINDOW = 64;

/** The sliding window of RFC 6347 section 4.1.2.6. Asked before a record is opened, told after it authenticated. */
export class ReplayWindow {
  readonly #seen = new Float64Array(WINDOW).fill(-1);
  #highest = -1;

  /** False for a record that was seen before, or that is too old to tell. */
  isFresh(sequence: number): boolean {
    return sequence > this.#highest - WINDOW && this.#seen[sequence % WINDOW] !== sequence;
  }

  accept(sequence: number): void {
    this.#seen[sequence % WINDOW] = sequence;
    this.#highest = Math.max(this.#highest, sequence);
  }
}
