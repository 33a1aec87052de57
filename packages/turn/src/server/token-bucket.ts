import type { Millis } from '@earshot/base';

/** So many tokens a second, and some in store. Taking makes no object: it is done for every packet. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #level: number;
  #at = Number.NEGATIVE_INFINITY;

  /** It begins full. */
  constructor(perSecond: number, capacity: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = capacity;
    this.#level = capacity;
  }

  take(now: Millis, amount: number): boolean {
    this.#refill(now);
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }

  add(now: Millis, amount: number): void {
    this.#refill(now);
    this.#level = Math.min(this.#capacity, this.#level + amount);
  }

  #refill(now: Millis): void {
    if (now <= this.#at) return;
    this.#level = Math.min(this.#capacity, this.#level + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
