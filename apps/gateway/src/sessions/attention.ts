import type { Millis } from '@earshot/base';

/** A page with a call tells its figures every two or three seconds. After so long without a word its socket is asked. */
const ASK_MS = 3_000;
/** A browser answers a ping at once, also while its page stands still: that is done in another process. */
const ANSWER_MS = 1_500;
/** A page that has so much to do that it misses one turn stands not still yet. */
const QUIET_MS = 5_000;
/** Figures that came longer than this before the last word are of a call that is over. */
const FIGURES_MS = 6_000;

/**
 * What a socket without words is like. `quiet`: it answers pings, so the page stands still. `silent`: no answer, so the
 * network swallows what is sent. `heard`: the page speaks again.
 */
export type Attention = 'quiet' | 'silent' | 'heard';

/** Tells a page that stands still from a socket that is dead, long before the heartbeat gives up (sans-IO). */
export class AttentionCheck {
  #heardAt: Millis;
  /** When figures came last: only who sends them all the time is missed after seconds. */
  #figuresAt: Millis | undefined;
  #pingedAt: Millis | undefined;
  #isAnswered = false;
  #told: Attention = 'heard';

  constructor(now: Millis) {
    this.#heardAt = now;
  }

  /** For how long nothing was said. */
  quietFor(now: Millis): Millis {
    return now - this.#heardAt;
  }

  /** Something came from the page, maybe figures of a call. */
  heard(now: Millis, hasFigures: boolean): Attention | undefined {
    this.#heardAt = now;
    if (hasFigures) this.#figuresAt = now;
    this.#pingedAt = undefined;
    return this.#tell('heard');
  }

  /** The browser answered a ping. */
  answered(): Attention | undefined {
    if (this.#pingedAt === undefined) return undefined;
    this.#isAnswered = true;
    // Whether the page is quiet as well is for the next checks to find.
    return this.#told === 'silent' ? this.#tell('quiet') : undefined;
  }

  /** To be asked a few times a second while a call runs. */
  check(now: Millis): 'ping' | Attention | undefined {
    if (this.#figuresAt === undefined || this.#heardAt - this.#figuresAt >= FIGURES_MS) return undefined;
    if (now - this.#heardAt < ASK_MS) return undefined;
    const askedFor = this.#pingedAt === undefined ? undefined : now - this.#pingedAt;
    if (askedFor === undefined || (this.#isAnswered && askedFor >= ASK_MS)) {
      this.#pingedAt = now;
      this.#isAnswered = false;
      return 'ping';
    }
    // A ping that was lost is sent again by TCP: one that waits is enough.
    if (!this.#isAnswered) return askedFor >= ANSWER_MS ? this.#tell('silent') : undefined;
    return now - this.#heardAt >= QUIET_MS ? this.#tell('quiet') : undefined;
  }

  #tell(state: Attention): Attention | undefined {
    if (state === this.#told) return undefined;
    this.#told = state;
    return state;
  }
}
