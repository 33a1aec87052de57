import type { Millis } from '@earshot/base';

/** The named timers of one state machine. They do not run: they are asked what is due. */
export class TimerSet<Name extends string> {
  readonly #deadlines = new Map<Name, Millis>();
  readonly #onChange: () => void;

  constructor(onChange: () => void = () => {}) {
    this.#onChange = onChange;
  }

  start(name: Name, at: Millis): void {
    this.#deadlines.set(name, at);
    this.#onChange();
  }

  stop(...names: readonly Name[]): void {
    for (const name of names) this.#deadlines.delete(name);
    this.#onChange();
  }

  clear(): void {
    this.#deadlines.clear();
    this.#onChange();
  }

  get next(): Millis | undefined {
    return this.#deadlines.size === 0 ? undefined : Math.min(...this.#deadlines.values());
  }

  /** Stops and returns the timer that has been due longest. */
  takeDue(now: Millis): Name | undefined {
    let due: Name | undefined;
    let earliest = now;
    for (const [name, at] of this.#deadlines) {
      if (at < earliest || (at === earliest && due === undefined)) {
        due = name;
        earliest = at;
      }
    }
    if (due !== undefined) this.stop(due);
    return due;
  }
}
