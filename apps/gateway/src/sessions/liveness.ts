import type { Millis } from '@earshot/base';

/** A page that waits for calls and says nothing for so long is asked. */
const ASK_MS = 3_000;
/** A page answers by its script, at once also where it is hidden: only one that is frozen, or has no network, does not. */
const ANSWER_MS = 3_000;

/**
 * Whether a page that waits for calls would notice one (sans-IO):
 *
 *   awake --nothing for 3 s--> asked --no answer for 3 s--> asleep
 *      ^_________________________|__________________________|      anything that the page says
 */
export class Liveness {
  #heardAt: Millis;
  #askedAt: Millis | undefined;
  #isAsleep = false;
  #wasAsleep = false;

  constructor(now: Millis) {
    this.#heardAt = now;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  /** For how long nothing was said. */
  quietFor(now: Millis): Millis {
    return now - this.#heardAt;
  }

  /** Something came from the page. */
  heard(now: Millis): void {
    this.#heardAt = now;
    this.#askedAt = undefined;
    this.#isAsleep = false;
  }

  /** It was asked, and did not answer in time. */
  missed(): void {
    this.#isAsleep = true;
  }

  /** To be called a few times a second. `ask`: send a ping; what has changed otherwise. */
  check(now: Millis): 'ask' | 'asleep' | 'awake' | undefined {
    if (this.#askedAt !== undefined && now - this.#askedAt >= ANSWER_MS) this.#isAsleep = true;
    if (this.#isAsleep !== this.#wasAsleep) {
      this.#wasAsleep = this.#isAsleep;
      return this.#isAsleep ? 'asleep' : 'awake';
    }
    // A ping that was not answered waits for the page: one is enough.
    if (this.#askedAt !== undefined || now - this.#heardAt < ASK_MS) return undefined;
    this.#askedAt = now;
    return 'ask';
  }
}
