import type { Millis } from '@earshot/base';
import { now as clockNow } from '../clock.js';
import { Liveness } from './liveness.js';

/** How long a page that is about to be rung may take to show that it is awake. */
const PROOF_MS = 1_000;

/** The shell around the Liveness of one page: sends its questions, and has the page prove itself before it is rung. */
export class Wakefulness {
  readonly #ask: () => void;
  readonly #proofs = new Set<(isAwake: boolean) => void>();
  #liveness = new Liveness(clockNow());

  /** `ask`: sends a ping that the page's script has to answer. */
  constructor(ask: () => void) {
    this.#ask = ask;
  }

  get isAsleep(): boolean {
    return this.#liveness.isAsleep;
  }

  get quietMs(): Millis {
    return this.#liveness.quietFor(clockNow());
  }

  heard(): void {
    this.#liveness.heard(clockNow());
    for (const resolve of this.#proofs) resolve(true);
  }

  /** A few times a second while it waits for calls: what has changed. */
  check(): 'asleep' | 'awake' | undefined {
    const said = this.#liveness.check(clockNow());
    if (said !== 'ask') return said;
    this.#ask();
    return undefined;
  }

  /** Whether it answers now. It never rejects. */
  async prove(): Promise<boolean> {
    if (this.isAsleep) return false;
    const isAwake = await new Promise<boolean>((resolve) => {
      const done = (proved: boolean): void => {
        clearTimeout(timer);
        this.#proofs.delete(done);
        resolve(proved);
      };
      const timer = setTimeout(done, PROOF_MS, false);
      this.#proofs.add(done);
      this.#ask();
    });
    if (!isAwake) this.#liveness.missed();
    return isAwake;
  }

  /** There is nobody left to ask. */
  stop(): void {
    for (const resolve of this.#proofs) resolve(false);
  }
}
