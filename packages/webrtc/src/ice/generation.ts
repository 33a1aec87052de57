import { type IceCredentials, sameAddress, type TransportAddress } from '@earshot/base';
import { shortTermKey } from '@earshot/stun';

/** A candidate pair of a lite agent: its one local address, and a remote one learned from a valid check. */
export interface CandidatePair {
  readonly remote: TransportAddress;
  readonly generation: Generation;
  /** The PRIORITY of its latest check; the local side is the same for every pair. */
  priority: number;
  lastCheckAt: number;
  /** When it was last nominated. */
  nominatedAt: number | undefined;
}

/** A browser has a handful of addresses; each NAT rebinding adds one. */
const MAX_PAIRS = 16;

/** A backup pair is checked every 25 s by Chromium; whoever has not asked for longer is not coming back. */
const RETIRE_AFTER_QUIET_MS = 30_000;

/** One set of local credentials and the pairs that checks with them have validated (RFC 8445 section 9). */
export class Generation {
  readonly index: number;
  readonly ufrag: string;
  readonly key: Uint8Array;
  /** When a pair of a newer generation was selected; undefined while this one may yet be needed. */
  supersededAt: number | undefined;
  #heardAt = 0;
  readonly #pairs: CandidatePair[] = [];

  constructor(index: number, ice: IceCredentials) {
    this.index = index;
    this.ufrag = ice.ufrag;
    this.key = shortTermKey(ice.pwd);
  }

  /** When it will be answered no more, unless a check comes first. */
  get retireAt(): number | undefined {
    if (this.supersededAt === undefined) return undefined;
    return Math.max(this.supersededAt, this.#heardAt) + RETIRE_AFTER_QUIET_MS;
  }

  /** Allocates nothing: it runs for each packet. */
  has(address: string, port: number): boolean {
    for (const { remote } of this.#pairs) if (remote.port === port && remote.address === address) return true;
    return false;
  }

  /**
   * Notes a valid check. An address that was not known is a peer-reflexive candidate (RFC 8445 section 7.3.1.3); with
   * too many, the one not checked for longest is forgotten, but never `selected`.
   */
  validate(now: number, from: TransportAddress, priority: number, selected: CandidatePair | undefined): CandidatePair {
    this.#heardAt = now;
    const known = this.#pairs.find((pair) => sameAddress(pair.remote, from));
    if (known !== undefined) {
      known.priority = priority;
      known.lastCheckAt = now;
      return known;
    }
    if (this.#pairs.length >= MAX_PAIRS) this.#forgetOldest(selected);
    const remote = { address: from.address, port: from.port };
    const pair = { remote, generation: this, priority, lastCheckAt: now, nominatedAt: undefined };
    this.#pairs.push(pair);
    return pair;
  }

  #forgetOldest(selected: CandidatePair | undefined): void {
    let oldest: CandidatePair | undefined;
    for (const pair of this.#pairs) {
      if (pair !== selected && (oldest === undefined || pair.lastCheckAt < oldest.lastCheckAt)) oldest = pair;
    }
    if (oldest !== undefined) this.#pairs.splice(this.#pairs.indexOf(oldest), 1);
  }
}
