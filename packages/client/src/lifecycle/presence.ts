import type { ClientMessage } from '@earshot/signaling';
import type { Browser } from '../browser.js';

/** Whether this page waits for calls, and whether somebody looks at it: of several pages that one is rung. */
export class Presence {
  readonly #browser: Browser;
  readonly #stayAwake: boolean;
  #available = false;
  #sleep: (() => void) | undefined;

  /** `stayAwake`: keeps browsers from freezing the page. */
  constructor(browser: Browser, stayAwake: boolean) {
    this.#browser = browser;
    this.#stayAwake = stayAwake;
  }

  get available(): boolean {
    return this.#available;
  }

  set available(available: boolean) {
    if (available === this.#available) return;
    this.#available = available;
    this.#sleep?.();
    this.#sleep = available && this.#stayAwake ? this.#browser.stayAwake() : undefined;
  }

  get message(): ClientMessage {
    return { type: 'presence.set', available: this.#available, visible: !this.#browser.isHidden() };
  }
}
