import { type IceCredentials, sameAddress, type TransportAddress, toHex } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { answerCheck, BROWSER, printCheck, readAnswer } from './checks.js';

export interface FullAgentOptions {
  /** Where the lite agent listens. */
  readonly peer: TransportAddress;
  /** The lite agent's credentials. */
  readonly to: IceCredentials;
  /** The local addresses, the preferred one first. */
  readonly addresses: readonly TransportAddress[];
  /**
   * `aggressive` puts USE-CANDIDATE into every check (RFC 5245 section 8.1.1.2); `regular` only into those of the pair
   * it has chosen, again and again, as Chromium does with a lite peer.
   */
  readonly nomination?: 'regular' | 'aggressive';
  /** How long (ms) a chosen pair is checked without USE-CANDIDATE: Chromium leaves it to the next check, 2.5 s later. */
  readonly nominatesAfterMs?: number;
}

interface Pair {
  readonly local: TransportAddress;
  readonly priority: number;
  readonly to: IceCredentials;
  answeredAt: number | undefined;
  mapped: TransportAddress | undefined;
}

const CHECK_INTERVAL_MS = 500;
/** A pair that has not answered for this long is given up for another. */
const PAIR_DEAD_MS = 1600;

interface Sending {
  readonly datagram: Uint8Array;
  readonly from: TransportAddress;
}

/** A controlling full ICE agent, as small as the tests of a lite one allow (RFC 8445). */
export class FullAgent {
  readonly peer: TransportAddress;
  readonly errors: number[] = [];
  /** Whether it answers what a full agent would ask. */
  answersChecks = true;
  /** Between two checks of a pair, in ms. */
  intervalMs = CHECK_INTERVAL_MS;
  nextTimeout: number | undefined = 0;
  readonly #nomination: 'regular' | 'aggressive';
  readonly #nominatesAfterMs: number;
  #pairs: Pair[];
  /** Pairs from before the last restart, checked until a newer one is chosen. */
  #older: Pair[] = [];
  #selected: Pair | undefined;
  #selectedAt = 0;
  readonly #pending = new Map<string, Pair>();

  constructor({ peer, to, addresses, nomination = 'regular', nominatesAfterMs = 0 }: FullAgentOptions) {
    this.peer = peer;
    this.#nomination = nomination;
    this.#nominatesAfterMs = nominatesAfterMs;
    this.#pairs = pairsOf(to, addresses);
  }

  /** The local address of the chosen pair. */
  get selected(): TransportAddress | undefined {
    return this.#selected?.local;
  }

  /** What the peer says the chosen pair's address is. */
  get mapped(): TransportAddress | undefined {
    return this.#selected?.mapped;
  }

  restart(now: number, to: IceCredentials, addresses: readonly TransportAddress[]): void {
    this.#older = this.#pairs;
    this.#pairs = pairsOf(to, addresses);
    this.nextTimeout = now;
  }

  handleTimeout(now: number): Sending[] {
    this.nextTimeout = now + this.intervalMs;
    this.#choose(now);
    return [...this.#older, ...this.#pairs].map((pair) => this.#check(now, pair));
  }

  receive(now: number, datagram: Uint8Array, local: TransportAddress): Sending[] {
    const answer = this.answersChecks ? answerCheck(datagram, this.peer) : undefined;
    if (answer !== undefined) return [{ datagram: answer, from: local }];
    const id = toHex(datagram.subarray(8, 20));
    const pair = this.#pending.get(id);
    if (pair === undefined || !sameAddress(pair.local, local)) return [];
    this.#pending.delete(id);
    const told = readAnswer(datagram, pair.to);
    if (told.error !== undefined) this.errors.push(told.error);
    if (told.class !== 'success' || told.integrity === 'wrong') return [];
    pair.answeredAt = now;
    pair.mapped = told.mapped;
    const before = this.#selected;
    this.#choose(now);
    return this.#selected !== before && this.#selected !== undefined ? [this.#check(now, this.#selected)] : [];
  }

  /** The best of the newest generation that answers; before that, whatever was chosen goes on. */
  #choose(now: number): void {
    const isAlive = ({ answeredAt }: Pair): boolean => answeredAt !== undefined && now - answeredAt < PAIR_DEAD_MS;
    const best = this.#pairs.filter(isAlive).sort((a, b) => b.priority - a.priority)[0];
    if (best === undefined || best === this.#selected) return;
    this.#selected = best;
    this.#selectedAt = now;
    this.#older = [];
  }

  #check(now: number, pair: Pair): Sending {
    const transactionId = nodeCrypto.randomBytes(12);
    this.#pending.set(toHex(transactionId), pair);
    const isMeant = pair === this.#selected && now >= this.#selectedAt + this.#nominatesAfterMs;
    const useCandidate = this.#nomination === 'aggressive' || isMeant;
    const username = `${pair.to.ufrag}:${BROWSER.ufrag}`;
    const datagram = printCheck({ to: pair.to, username, useCandidate, priority: pair.priority, transactionId });
    return { datagram, from: pair.local };
  }
}

const pairsOf = (to: IceCredentials, addresses: readonly TransportAddress[]): Pair[] =>
  addresses.map((local, index) => ({
    local,
    priority: 1000 - index,
    to,
    answeredAt: undefined,
    mapped: undefined,
  }));
