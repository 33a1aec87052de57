import type { Millis } from '@earshot/base';
import type { Side } from './hops.js';

/** What a call waits for no longer than its policy says. */
export type DeadlineName =
  | 'open'
  | 'answer'
  | 'media'
  | 'callback-ring'
  | `signalling-${Side}`
  | `path-${Side}`
  | `reach-${Side}`
  | `callback-${Side}`;

export class Deadlines {
  readonly #due = new Map<DeadlineName, Millis>();

  get next(): Millis | undefined {
    return this.#due.size === 0 ? undefined : Math.min(...this.#due.values());
  }

  /** Keeps an earlier one of the same name. */
  set(name: DeadlineName, due: Millis): void {
    if (!this.#due.has(name)) this.#due.set(name, due);
  }

  /** Moves one forward that would come later. */
  hasten(name: DeadlineName, due: Millis): void {
    this.#due.set(name, Math.min(due, this.#due.get(name) ?? due));
  }

  clear(name: DeadlineName): void {
    this.#due.delete(name);
  }

  clearAll(): void {
    this.#due.clear();
  }

  /** Removes and returns those that are due, earliest first. */
  takeDue(now: Millis): readonly DeadlineName[] {
    const due = [...this.#due].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b);
    for (const [name] of due) this.#due.delete(name);
    return due.map(([name]) => name);
  }
}
