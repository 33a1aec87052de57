import type { Millis } from '@earshot/base';

/** How requests are repeated (RFC 8489 sections 6.2.1 and 6.2.2), in ms but for the counts. */
export interface StunTiming {
  /** RTO: how long the first request waits for its answer; each further one twice as long. */
  readonly rtoMs: number;
  /** Rc: how many requests are sent. */
  readonly requests: number;
  /** Rm: how many RTO the last one waits. */
  readonly lastWait: number;
  /** Ti: how long the one request over TCP or TLS waits. */
  readonly reliableMs: number;
}

/** As RFC 8489 recommends: over UDP and over TCP a request is given up after 39.5 s. */
export const STUN_TIMING: StunTiming = { rtoMs: 500, requests: 7, lastWait: 16, reliableMs: 39_500 };

/** The way of one request: over UDP it is repeated, over TCP and TLS it waits. */
export class StunTransaction {
  readonly #timing: StunTiming;
  readonly #isReliable: boolean;
  /** When `handleTimeout` is due. */
  nextTimeout: Millis;
  #sent = 1;
  #waitMs: number;

  /** The request is sent at `now`, by the caller. */
  constructor(now: Millis, timing: StunTiming, isReliable: boolean) {
    this.#timing = timing;
    this.#isReliable = isReliable;
    this.#waitMs = isReliable ? timing.reliableMs : timing.rtoMs;
    this.nextTimeout = now + (isReliable ? timing.reliableMs : this.#waitAfterSending());
  }

  /** `send`: once more; `failed`: nothing will come; `wait`: it is not time yet. */
  handleTimeout(now: Millis): 'send' | 'failed' | 'wait' {
    if (now < this.nextTimeout) return 'wait';
    if (this.#isReliable || this.#sent >= this.#timing.requests) return 'failed';
    this.#sent += 1;
    this.#waitMs *= 2;
    this.nextTimeout = now + this.#waitAfterSending();
    return 'send';
  }

  #waitAfterSending(): number {
    const { rtoMs, requests, lastWait } = this.#timing;
    return this.#sent < requests ? this.#waitMs : rtoMs * lastWait;
  }
}
