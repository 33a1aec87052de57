import type { Millis } from '@earshot/base';
import type { CallId } from '@earshot/signaling';
import type { Browser } from '../browser.js';

/** What this browser knows of a call that the gateway does not. */
export interface KeptCall {
  /** When it was asked for: its evidence goes on from there. */
  readonly startedAt: Millis;
  readonly connectedAt?: Millis | undefined;
  readonly muted?: boolean;
  readonly microphone?: MediaTrackConstraints;
}

/** A call of the page before. */
export interface TakenUp extends KeptCall {
  readonly direction: 'outgoing' | 'incoming';
}

interface Kept {
  readonly sessionId: string;
  readonly calls: Readonly<Record<CallId, KeptCall>>;
  /** When the gateway waits no longer; absent while the page lives, which may crash or be discarded at any time. */
  readonly until?: Millis | undefined;
}

/**
 * What a page with calls leaves for the next one in its tab: the name of its session, good for nothing without a token of
 * the same subject, and where each call stood. It lies in sessionStorage, which is copied with a tab: the gateway gives
 * a session that a page has to no other.
 */
export class Keepsake {
  readonly #browser: Browser;
  readonly #key: string;

  /** `url`: the gateway's. */
  constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#key = `earshot ${url}`;
  }

  /** What the page before left, where that can still be of use. It stays until `keep` says something newer. */
  find(): Kept | undefined {
    try {
      const kept = JSON.parse(this.#browser.kept(this.#key) ?? '') as Kept;
      return this.#browser.now() > (kept.until ?? Infinity) ? undefined : kept;
    } catch {
      // There is none, or it is not ours.
      return undefined;
    }
  }

  /** Nothing is left where there are no calls. `forMs`: the page goes now, and the gateway waits so long. */
  keep(sessionId: string, calls: ReadonlyMap<CallId, { readonly kept: KeptCall }>, forMs?: Millis): void {
    const kept: Kept = {
      sessionId,
      calls: Object.fromEntries([...calls].map(([id, call]) => [id, call.kept])),
      until: forMs && this.#browser.now() + forMs,
    };
    this.#browser.keep(this.#key, calls.size === 0 ? undefined : JSON.stringify(kept));
  }
}
