import { NO_CAPACITY, QUOTA_REACHED, type Refusal } from './refusal.js';

/** How many relayed addresses there are, of each user and of all. */
export class Quotas {
  readonly #perUser: number;
  readonly #total: number;
  readonly #users = new Map<string, number>();
  #count = 0;

  constructor(perUser: number, total: number) {
    this.#perUser = perUser;
    this.#total = total;
  }

  /** Counts `more` for a user, or says why not. */
  take(tag: string, more: number): Refusal | undefined {
    const held = this.#users.get(tag) ?? 0;
    if (held + more > this.#perUser) return QUOTA_REACHED;
    if (this.#count + more > this.#total) return NO_CAPACITY;
    this.#users.set(tag, held + more);
    this.#count += more;
    return undefined;
  }

  release(tag: string): void {
    const held = this.#users.get(tag) ?? 0;
    if (held > 1) this.#users.set(tag, held - 1);
    else this.#users.delete(tag);
    this.#count -= 1;
  }
}
