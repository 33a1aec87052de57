import type { Millis } from '@earshot/base';

/** Indices of what is stored. */
const LEVEL = 0;
const AT = 1;

/** So many tokens a second, and some in store. Nothing is made when tokens are taken, which is done for every packet. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  /** Numbers with a fraction that are kept in fields are made anew at each change; those in typed arrays are not. */
  readonly #state: Float64Array;

  /** It begins full. */
  constructor(perSecond: number, capacity: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = capacity;
    this.#state = Float64Array.of(capacity, Number.NEGATIVE_INFINITY);
  }

  take(now: Millis, amount: number): boolean {
    this.#refill(now);
    const level = this.#state[LEVEL] as number;
    if (level < amount) return false;
    this.#state[LEVEL] = level - amount;
    return true;
  }

  add(now: Millis, amount: number): void {
    this.#refill(now);
    this.#state[LEVEL] = Math.min(this.#capacity, (this.#state[LEVEL] as number) + amount);
  }

  #refill(now: Millis): void {
    const elapsed = now - (this.#state[AT] as number);
    if (elapsed <= 0) return;
    this.#state[LEVEL] = Math.min(this.#capacity, (this.#state[LEVEL] as number) + elapsed * this.#perMs);
    this.#state[AT] = now;
  }
}
