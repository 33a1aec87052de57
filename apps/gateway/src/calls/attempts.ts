import type { BrowserSession } from '../sessions/session.js';

/** Who asked for a call: a page, or the leg of the SIP agent. */
export type Asker = BrowserSession | string;

/** A call that was asked for and whose addresses are being looked up: it has no legs to tell anything yet. */
export interface Attempt {
  readonly callId: string;
  readonly by: Asker;
  givenUp: boolean;
}

export class Attempts {
  readonly #attempts = new Map<string, Attempt>();

  get size(): number {
    return this.#attempts.size;
  }

  has(callId: string): boolean {
    return this.#attempts.has(callId);
  }

  countOf(asker: Asker): number {
    return this.#of(asker).length;
  }

  begin(callId: string, by: Asker): Attempt {
    const attempt = { callId, by, givenUp: false };
    this.#attempts.set(callId, attempt);
    return attempt;
  }

  end({ callId }: Attempt): void {
    this.#attempts.delete(callId);
  }

  /** Whoever asked takes it back: one attempt, or all. */
  giveUp(asker: Asker, callId?: string): void {
    for (const attempt of this.#of(asker)) {
      if (callId === undefined || attempt.callId === callId) attempt.givenUp = true;
    }
  }

  #of(asker: Asker): Attempt[] {
    return [...this.#attempts.values()].filter(({ by }) => by === asker);
  }
}
