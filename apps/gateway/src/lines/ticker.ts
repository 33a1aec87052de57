import { now as clockNow } from '../clock.js';

/** A frame late by more than this many is not made up for: the machine slept. */
const MOST_MISSED = 5;

/** Calls `tick` every `periodMs` on average: it keeps to the schedule instead of drifting by each timer's delay. */
export class Ticker {
  readonly #periodMs: number;
  readonly #tick: (now: number) => void;
  #handle: NodeJS.Timeout | undefined;
  #next = 0;

  constructor(periodMs: number, tick: (now: number) => void) {
    this.#periodMs = periodMs;
    this.#tick = tick;
  }

  start(): void {
    this.#next = clockNow() + this.#periodMs;
    this.#handle = setTimeout(() => this.#run(), this.#periodMs);
  }

  stop(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  #run(): void {
    const now = clockNow();
    if (now - this.#next > MOST_MISSED * this.#periodMs) this.#next = now;
    while (this.#next <= now) {
      this.#tick(now);
      this.#next += this.#periodMs;
    }
    if (this.#handle !== undefined) this.#handle = setTimeout(() => this.#run(), Math.max(0, this.#next - clockNow()));
  }
}
