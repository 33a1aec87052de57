import type { Millis } from '@earshot/base';
import type { CallIce } from './ice-settings.js';
import type { MediaPath } from './stats.js';

/**
 * How long before its credentials expire a call leaves its allocation, in ms. Browsers refresh permissions every 4
 * minutes and allocations every 9; a refresh with expired credentials is refused, and ends the path.
 */
export const SAFE_REMAINDER = 15 * 60_000;

/** Knows when the relay that carries a call will stop doing so, because the credentials it was got with end. */
export class RelayLease {
  /** What the latest gathering used. */
  #used: CallIce;
  #fresh: CallIce;
  #dropped = false;

  constructor(ice: CallIce) {
    this.#used = ice;
    this.#fresh = ice;
  }

  /** Other servers or credentials are there. `replaces`: those before are refused from now on. */
  renew(ice: CallIce, replaces: boolean): void {
    this.#fresh = ice;
    this.#dropped ||= replaces;
  }

  /** Candidates are gathered afresh, with the newest credentials. */
  gathered(): void {
    this.#used = this.#fresh;
    this.#dropped = false;
  }

  /** Whether the call should move now. A direct path needs no credentials; one that is being built may need them. */
  isDue(now: Millis, via: MediaPath['via']): boolean {
    if (this.#dropped) return via !== 'direct';
    const { expiresAt } = this.#used;
    if (via !== 'relay' || expiresAt === undefined || now < expiresAt - SAFE_REMAINDER) return false;
    return JSON.stringify(this.#used.servers) !== JSON.stringify(this.#fresh.servers);
  }
}
