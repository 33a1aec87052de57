import type { Millis } from '@earshot/base';
import { TIMING } from './protocol.js';

/**
 * Tells a quiet connection from a dead one. Everything that arrives is a sign of life. After one interval of silence
 * it asks, half an interval later again, and at two intervals the connection is dead.
 */
export class Heartbeat {
  readonly #interval: Millis;
  #asked = 0;
  #dueAt: Millis;

  constructor(interval: Millis, now: Millis) {
    this.#interval = interval;
    this.#dueAt = now + interval;
  }

  get dueAt(): Millis {
    return this.#dueAt;
  }

  heard(now: Millis): void {
    this.#asked = 0;
    this.#dueAt = now + this.#interval;
  }

  /** Something hints at a dead connection: the caller asks now, and the answer has `TIMING.suspicion` to come. */
  suspect(now: Millis): void {
    this.#asked = 2;
    this.#dueAt = Math.min(this.#dueAt, now + TIMING.suspicion);
  }

  check(now: Millis): 'wait' | 'ask' | 'dead' {
    if (now < this.#dueAt) return 'wait';
    if (this.#asked >= 2) return 'dead';
    // A timer that runs this late slept (a suspended laptop, a frozen tab): what arrived meanwhile is not read yet.
    if (now - this.#dueAt > this.#interval) {
      this.#asked = 2;
      this.#dueAt = now + TIMING.suspicion;
      return 'ask';
    }
    this.#asked += 1;
    this.#dueAt = now + this.#interval / 2;
    return 'ask';
  }
}
