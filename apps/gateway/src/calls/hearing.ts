import type { Millis } from '@earshot/base';

/** A browser that was heard and sends nothing for so long, by figures that come every second, is not heard. */
const UNHEARD_MS = 2_500;

/** Whether media comes from one leg, by what its media worker counts. */
export class Hearing {
  #packets = 0;
  #grewAt: Millis | undefined;
  #isUnheard = false;

  /** What has changed. `since`: nothing came from then on. */
  take(now: Millis, packetsReceived: number): { readonly heard: boolean; readonly since: Millis } | undefined {
    if (packetsReceived > this.#packets) {
      this.#packets = packetsReceived;
      this.#grewAt = now;
      if (!this.#isUnheard) return undefined;
      this.#isUnheard = false;
      return { heard: true, since: now };
    }
    if (this.#grewAt === undefined || this.#isUnheard || now - this.#grewAt < UNHEARD_MS) return undefined;
    this.#isUnheard = true;
    return { heard: false, since: this.#grewAt };
  }
}
