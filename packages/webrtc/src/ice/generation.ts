import { type IceCredentials, sameAddress, type TransportAddress } from '@earshot/base';
import { shortTermKey } from '../stun/index.js';

/** A candidate pair of a lite agent: its one local address, and a remote one learned from a valid check. */
export interface CandidatePair {
  readonly remote: TransportAddress;
  /** The PRIORITY of its latest check; the local side is the same for every pair. */
  priority: number;
  lastCheckAt: number;
  /** When it was last nominated. */
  nominatedAt: number | undefined;
}

/** A browser has a handful of addresses; each NAT rebinding adds one. */
const MAX_PAIRS = 16;

/**
 * How long (ms) a nomination holds against one of lower priority. An aggressive peer nominates every pair within one
 * volley and means the highest (RFC 5245 section 8.1.1.2); a regular one repeats USE-CANDIDATE only on the pair it
 * means, so once the old pair has gone without for this long, the newer nomination is a change of mind.
 */
const NOMINATION_HOLDS_MS = 1000;

/** One set of local credentials and the pairs that checks with them have validated (RFC 8445 section 9). */
export class Generation {
  readonly index: number;
  readonly ufrag: string;
  readonly key: Uint8Array;
  selected: CandidatePair | undefined;
  /** When it stops being answered; undefined while it may yet be needed. */
  retireAt: number | undefined;
  readonly #pairs: CandidatePair[] = [];

  constructor(index: number, ice: IceCredentials) {
    this.index = index;
    this.ufrag = ice.ufrag;
    this.key = shortTermKey(ice.pwd);
  }

  /** Allocates nothing: it runs for each packet. */
  has(address: string, port: number): boolean {
    for (const { remote } of this.#pairs) if (remote.port === port && remote.address === address) return true;
    return false;
  }

  /** Notes a valid check. An address that was not known is a peer-reflexive candidate (RFC 8445 section 7.3.1.3). */
  validate(now: number, from: TransportAddress, priority: number): CandidatePair {
    const known = this.#pairs.find((pair) => sameAddress(pair.remote, from));
    if (known !== undefined) {
      known.priority = priority;
      known.lastCheckAt = now;
      return known;
    }
    if (this.#pairs.length >= MAX_PAIRS) this.#forgetOldest();
    const remote = { address: from.address, port: from.port };
    const pair = { remote, priority, lastCheckAt: now, nominatedAt: undefined };
    this.#pairs.push(pair);
    return pair;
  }

  /** Applies a nomination (RFC 8445 section 7.3.2) and says whether it changed the selected pair. */
  nominate(now: number, pair: CandidatePair): boolean {
    const { selected } = this;
    pair.nominatedAt = now;
    if (selected === pair) return false;
    if (selected !== undefined && pair.priority < selected.priority) {
      const heldUntil = (selected.nominatedAt ?? 0) + NOMINATION_HOLDS_MS;
      if (now < heldUntil) return false;
    }
    this.selected = pair;
    return true;
  }

  #forgetOldest(): void {
    let oldest = -1;
    for (const [index, pair] of this.#pairs.entries()) {
      if (pair === this.selected) continue;
      if (oldest < 0 || pair.lastCheckAt < (this.#pairs[oldest]?.lastCheckAt ?? 0)) oldest = index;
    }
    this.#pairs.splice(oldest, 1);
  }
}
