import { type IceCredentials, sameAddress } from '@earshot/base';
import { shortTermKey } from '@earshot/stun';
import { SeenTransactions } from './seen-transactions.js';
import type { IcePath, LocalCandidate } from './types.js';

/** A candidate pair of a lite agent: one of its local addresses, and a remote one learned from a valid check. */
export interface CandidatePair extends IcePath {
  readonly generation: Generation;
  /** Among the pairs of its generation. */
  readonly number: number;
  /** The latest object that the owner gave for this address: a socket that was bound anew is another one. */
  local: LocalCandidate;
  /** The PRIORITY of its latest check: of the remote candidate. */
  priority: number;
  readonly firstCheckAt: number;
  lastCheckAt: number;
  /** When it was last nominated. */
  nominatedAt: number | undefined;
}

/** A browser has a handful of addresses, and we may have as many; each NAT rebinding adds one. */
const MAX_PAIRS = 64;

/** A backup pair is checked every 25 s by Chromium; whoever has not asked for longer is not coming back. */
const RETIRE_AFTER_QUIET_MS = 30_000;

/** One set of local credentials and the pairs that checks with them have validated (RFC 8445 section 9). */
export class Generation {
  readonly index: number;
  readonly ufrag: string;
  readonly key: Uint8Array;
  /** When a pair of a newer generation was selected; undefined while this one may yet be needed. */
  supersededAt: number | undefined;
  /** The peer gave its paths up: they serve until another is nominated, but checks on them are refused. */
  isRevoked = false;
  /** Of the peer, as its latest check says. */
  peerUfrag: string | undefined;
  #heardAt = 0;
  readonly #pairs: CandidatePair[] = [];
  readonly #seen = new SeenTransactions();
  #numbered = 0;

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

  /** When the first valid check came from there to `local`. */
  validatedAt({ local, remote }: IcePath): number | undefined {
    return this.find({ local, remote })?.firstCheckAt;
  }

  find({ local, remote }: IcePath): CandidatePair | undefined {
    return this.#pairs.find((pair) => sameAddress(pair.remote, remote) && sameAddress(pair.local, local));
  }

  /**
   * Notes a valid check. A path that was not known is a pair with a peer-reflexive candidate (RFC 8445 section 7.3.1.3);
   * with too many, the one not checked for longest is forgotten, but never `selected`. Undefined, and nothing changed,
   * when the transaction came by another path before.
   */
  validate(
    now: number,
    path: IcePath,
    check: { readonly priority: number; readonly transactionId: Uint8Array },
    selected: CandidatePair | undefined,
  ): CandidatePair | undefined {
    const { priority, transactionId } = check;
    const number = this.find(path)?.number ?? this.#numbered;
    if ((this.#seen.add(transactionId, number) ?? number) !== number) return undefined;
    return this.add(now, path, priority, selected);
  }

  /** The peer has proved that it is there. */
  add(now: number, path: IcePath, priority: number, selected: CandidatePair | undefined): CandidatePair {
    const { local, remote } = path;
    const known = this.find(path);
    this.#heardAt = now;
    if (known !== undefined) {
      known.local = local;
      known.priority = priority;
      known.lastCheckAt = now;
      return known;
    }
    if (this.#pairs.length >= MAX_PAIRS) this.#forgetOldest(selected);
    const { address, port } = remote;
    const pair: CandidatePair = {
      remote: { address, port },
      local,
      generation: this,
      number: this.#numbered,
      priority,
      firstCheckAt: now,
      lastCheckAt: now,
      nominatedAt: undefined,
    };
    this.#numbered += 1;
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
