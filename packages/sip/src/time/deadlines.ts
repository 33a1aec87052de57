import type { Millis } from '@earshot/base';

interface Entry<Owner> {
  readonly at: Millis;
  readonly owner: Owner;
}

/**
 * The deadline of each owner, in a binary heap. A changed deadline leaves its old entry behind, which is dropped when it
 * reaches the top, or when the heap is more than twice as long as it need be.
 */
export class Deadlines<Owner extends object> {
  readonly #current = new Map<Owner, Millis>();
  #heap: Entry<Owner>[] = [];

  set(owner: Owner, at: Millis | undefined): void {
    if (at === undefined) {
      this.#current.delete(owner);
      return;
    }
    if (this.#current.get(owner) === at) return;
    this.#current.set(owner, at);
    if (this.#heap.length > 2 * this.#current.size + 64) this.#rebuild();
    else this.#push({ at, owner });
  }

  get next(): Millis | undefined {
    return this.#top()?.at;
  }

  /** Removes and returns an owner whose deadline has come. */
  takeDue(now: Millis): Owner | undefined {
    const top = this.#top();
    if (top === undefined || top.at > now) return undefined;
    this.#current.delete(top.owner);
    return top.owner;
  }

  #rebuild(): void {
    this.#heap = [];
    for (const [owner, at] of this.#current) this.#push({ at, owner });
  }

  #top(): Entry<Owner> | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined || this.#current.get(top.owner) === top.at) return top;
      this.#pop();
    }
  }

  #at(index: number): Millis {
    return this.#heap[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }

  #push(entry: Entry<Owner>): void {
    let index = this.#heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#at(parent) <= this.#at(index)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  #pop(): void {
    this.#swap(0, this.#heap.length - 1);
    this.#heap.pop();
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const smaller = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(index) <= this.#at(smaller)) return;
      this.#swap(index, smaller);
      index = smaller;
    }
  }
}
