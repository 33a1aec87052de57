import type { Millis } from '@earshot/base';
import { CoreTimer } from '../timer.js';
import type { Watched } from './watched.js';

/** How long an ended call waits for what was on its way: the last words of its browser, the closing of its relay. */
const LINGER_MS = 5_000;
/** Beyond, the oldest waits no longer: a flood of refused calls costs no memory. */
const MAX_LINGERING = 256;

/** Calls that ended a moment ago, in the order in which they did. */
export class Lingering {
  readonly #calls: Watched[] = [];
  readonly #timer = new CoreTimer((now) => this.#takeDue(now));
  readonly #seal: (call: Watched) => void;

  /** `seal`: nothing more is to come for this call; it removes it from here. */
  constructor(seal: (call: Watched) => void) {
    this.#seal = seal;
  }

  add(call: Watched): void {
    this.#calls.push(call);
    const [oldest] = this.#calls;
    if (this.#calls.length > MAX_LINGERING && oldest !== undefined) this.#seal(oldest);
    this.#arm();
  }

  remove(call: Watched): void {
    const place = this.#calls.indexOf(call);
    if (place >= 0) this.#calls.splice(place, 1);
  }

  stop(): void {
    this.#timer.stop();
  }

  #takeDue(now: Millis): void {
    for (const call of [...this.#calls]) if (dueAt(call) <= now) this.#seal(call);
    this.#arm();
  }

  #arm(): void {
    const [oldest] = this.#calls;
    this.#timer.arm(oldest === undefined ? undefined : dueAt(oldest));
  }
}

const dueAt = ({ recorder }: Watched): Millis => (recorder.endedAt ?? 0) + LINGER_MS;
