import type { Millis } from '@earshot/base';
import { now as clockNow } from '../clock.js';
import { CoreTimer } from '../timer.js';

/** Short, so that the work of all calls is spread, and that a thread that stands still is noticed. */
const BEAT_MS = 100;
/** A beat that comes so much too late is worth saying. */
const STALL_MS = 200;

export interface PulseEvents {
  beat(now: Millis): void;
  /** The thread stood still for so long. */
  stalled(now: Millis, lateMs: Millis): void;
}

/** One timer for all running calls. */
export class Pulse {
  readonly #events: PulseEvents;
  readonly #timer = new CoreTimer((now) => this.#beat(now));
  #dueAt: Millis | undefined;

  constructor(events: PulseEvents) {
    this.#events = events;
  }

  /** Goes on while it is wanted: call it whenever that may have changed. */
  want(wanted: boolean): void {
    if (wanted === (this.#dueAt !== undefined)) return;
    this.#dueAt = wanted ? clockNow() + BEAT_MS : undefined;
    this.#timer.arm(this.#dueAt);
  }

  #beat(now: Millis): void {
    const lateMs = now - (this.#dueAt ?? now);
    this.#dueAt = now + BEAT_MS;
    this.#timer.arm(this.#dueAt);
    if (lateMs >= STALL_MS) this.#events.stalled(now, lateMs);
    this.#events.beat(now);
  }
}
