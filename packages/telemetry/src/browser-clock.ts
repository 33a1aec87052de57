import type { Millis } from '@earshot/base';

/**
 * Places a browser's times, which count from the moment the call was asked for, on the gateway's clock. The clocks of
 * the two machines need not agree, so only what cannot be otherwise is used:
 *   - what has arrived was said before: the count began no later than `arrived - said` (the least of all messages wins,
 *     since delay only ever adds);
 *   - what answers the gateway happened after it: the count began no earlier than `done - noticed`.
 * Between the two it is halfway, as NTP has it (RFC 5905 section 8), and off by half their distance at most.
 */
export class BrowserClock {
  #latest: Millis | undefined;
  #earliest: Millis | undefined;

  /** Something that the browser said `browserMs` into the call arrived at `arrivedAt`. */
  arrived(arrivedAt: Millis, browserMs: number): void {
    const bound = arrivedAt - browserMs;
    if (this.#latest === undefined || bound < this.#latest) this.#latest = bound;
  }

  /** What the browser noticed `browserMs` into the call cannot have come before `doneAt` at the gateway. */
  followed(doneAt: Millis, browserMs: number): void {
    const bound = doneAt - browserMs;
    if (this.#earliest === undefined || bound > this.#earliest) this.#earliest = bound;
  }

  /** When the count began, by the gateway's clock; undefined before anything arrived. */
  get askedAt(): Millis | undefined {
    const [latest, earliest] = [this.#latest, this.#earliest];
    if (latest === undefined || earliest === undefined) return latest;
    // Both ends of a thread have clocks that are read a little late: bounds that cross say zero delay.
    return earliest >= latest ? latest : Math.round((earliest + latest) / 2);
  }

  /** How far off `askedAt` can be, in ms. */
  get withinMs(): number | undefined {
    if (this.#latest === undefined || this.#earliest === undefined) return undefined;
    return Math.ceil(Math.max(0, this.#latest - this.#earliest) / 2);
  }
}
