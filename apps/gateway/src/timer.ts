import { now as clockNow } from './clock.js';
/**
 * One timer for a core that says when it wants to be woken. `arm` is called after every `handle`; arming again for the
 * same moment costs nothing. Times are those of `clock.ts`.
 */
export class CoreTimer {
  readonly #onTimeout: (now: number) => void;
  #handle: NodeJS.Timeout | undefined;
  #at: number | undefined;

  constructor(onTimeout: (now: number) => void) {
    this.#onTimeout = onTimeout;
  }

  arm(at: number | undefined): void {
    if (at === this.#at) return;
    clearTimeout(this.#handle);
    this.#at = at;
    if (at === undefined) return;
    this.#handle = setTimeout(() => this.#fire(), Math.max(0, at - clockNow()));
  }

  #fire(): void {
    this.#at = undefined;
    this.#onTimeout(clockNow());
  }

  stop(): void {
    this.arm(undefined);
  }
}
