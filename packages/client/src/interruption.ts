import type { Millis } from '@earshot/base';
import type { Browser } from './browser.js';

/** How long (ms) other ways are tried before a person is offered something else. */
const FALLBACK_AFTER = 10_000;

/** Why a call cannot be heard just now. It is kept, and the sound comes back by itself. */
export interface Reconnecting {
  /** The network changed; no sound gets through; the calling service is out of reach. */
  readonly reason: 'network' | 'silence' | 'service';
  /** By this browser's clock. */
  readonly since: Millis;
  /** When the gateway gives up, where that is known. */
  readonly until: Millis | undefined;
}

/** Follows a call from break to break. */
export class Interruption {
  readonly #browser: Browser;
  readonly #offer: () => void;
  #cancel: (() => void) | undefined;
  since: Millis | undefined;

  /** `offer`: nothing has helped for a while. */
  constructor(browser: Browser, offer: () => void) {
    this.#browser = browser;
    this.#offer = offer;
  }

  follow(isBroken: boolean): void {
    if (isBroken === (this.since !== undefined)) return;
    this.#cancel?.();
    this.since = isBroken ? this.#browser.now() : undefined;
    this.#cancel = isBroken ? this.#browser.after(FALLBACK_AFTER, this.#offer) : undefined;
  }
}
