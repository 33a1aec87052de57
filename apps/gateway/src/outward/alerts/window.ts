import type { Millis } from '@earshot/base';

/** A window is counted in so many parts: it slides by one of them. */
const PARTS = 30;

interface Part {
  index: number;
  count: number;
  sum: number;
}

/** How many there were in the last `lengthMs`, and the sum of their values; of constant size. */
export class SlidingWindow {
  readonly #partMs: Millis;
  readonly #parts: Part[] = [];

  constructor(lengthMs: Millis) {
    this.#partMs = lengthMs / PARTS;
  }

  add(now: Millis, value: number): void {
    const index = Math.floor(now / this.#partMs);
    const last = this.#parts.at(-1);
    if (last !== undefined && last.index >= index) {
      last.count += 1;
      last.sum += value;
      return;
    }
    this.#parts.push({ index, count: 1, sum: value });
    this.#drop(index);
  }

  total(now: Millis): { readonly count: number; readonly sum: number } {
    this.#drop(Math.floor(now / this.#partMs));
    let count = 0;
    let sum = 0;
    for (const part of this.#parts) {
      count += part.count;
      sum += part.sum;
    }
    return { count, sum };
  }

  #drop(index: number): void {
    while (this.#parts[0] !== undefined && this.#parts[0].index <= index - PARTS) this.#parts.shift();
  }
}
