import type { Millis } from '@earshot/base';

/** In milliseconds. */
export const RECOVERY = {
  /** Bytes that stood still this long count against a disconnected path. */
  stalled: 3_000,
  /** Enough when there is another reason to doubt: the network changed, or the signaling connection was replaced. */
  stalledAfterHint: 1_000,
  /** How long such a reason counts. */
  doubt: 10_000,
  /** How long one ICE restart gets before the next. */
  attempt: 5_000,
} as const;

/**
 * Decides when to restart ICE, by state and bytes together: `disconnected` can be one lost check while audio flows,
 * `failed` comes too late to wait for, and silence alone may be a far end that says nothing.
 */
export class Recovery {
  #bytes = -1;
  #movedAt: Millis;
  #doubtedUntil: Millis = 0;
  #restartedAt: Millis | undefined;
  #lost = false;

  constructor(now: Millis) {
    this.#movedAt = now;
  }

  /** Audio does not get through, as far as both signs tell. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Something outside hints at a changed network. */
  doubt(now: Millis): void {
    this.#doubtedUntil = now + RECOVERY.doubt;
  }

  /** Somebody else started a restart. */
  restarted(now: Millis): void {
    this.#restartedAt = now;
    this.#doubtedUntil = 0;
  }

  /** Takes one observation; true when ICE should be restarted now. */
  observe(now: Millis, state: RTCPeerConnectionState, bytesReceived: number): boolean {
    if (bytesReceived !== this.#bytes) {
      this.#bytes = bytesReceived;
      this.#movedAt = now;
    }
    const stalledFor = now - this.#movedAt;
    const broken = state === 'failed' || state === 'disconnected';
    this.#lost = broken && (state === 'failed' || stalledFor >= RECOVERY.stalledAfterHint);
    if (stalledFor === 0 && state === 'connected') this.#restartedAt = undefined;
    const reason =
      state === 'failed' ||
      (state === 'disconnected' && stalledFor >= RECOVERY.stalled) ||
      (now < this.#doubtedUntil && (broken || state === 'connected') && stalledFor >= RECOVERY.stalledAfterHint);
    const waiting = this.#restartedAt !== undefined && now - this.#restartedAt < RECOVERY.attempt;
    if (!reason || waiting) return false;
    this.restarted(now);
    return true;
  }
}
