import type { ClientMessage } from '@earshot/signaling';
import type { Browser } from '../browser.js';

/** Whether this page waits for calls, and whether somebody looks at it: of several pages that one is rung. */
export class Presence {
  readonly #browser: Browser;
  #available = false;
  #sleep: (() => void) | undefined;

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  get available(): boolean {
    return this.#available;
  }

  set available(available: boolean) {
    if (available === this.#available) return;
    this.#available = available;
    this.#sleep?.();
    this.#sleep = available ? this.#browser.stayAwake() : undefined;
  }

  get message(): ClientMessage {
    return { type: 'presence.set', available: this.#available, visible: !this.#browser.isHidden() };
  }
}
