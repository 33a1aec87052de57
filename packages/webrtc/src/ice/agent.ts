import { type Crypto, type IceCredentials, sameAddress, type TransportAddress } from '@earshot/base';
import { answerTo } from './answer.js';
import { type Check, judgeCheck, type ValidCheck } from './check.js';
import { CheckEvidence } from './evidence.js';
import { type CandidatePair, Generation } from './generation.js';
import { takesOver } from './nomination.js';
import type { IceEvent, IceLiteOptions, IceOutput, IcePath, IceState, LocalCandidate } from './types.js';

const CONSENT_TIMEOUT_MS = 15_000;
/** Consent to send expires after this long without a check (RFC 7675 section 5.1). */
const CONSENT_EXPIRES_MS = 30_000;
/**
 * Live generations; a restart beyond drops the oldest that does not serve. The one that serves, one that a restart is
 * under way to, one for the next restart, and as many again that were begun in vain.
 */
const MAX_GENERATIONS = 6;

/**
 * An ICE-lite agent (RFC 8445 section 2.5): it answers checks and never sends one.
 *
 *   new --first valid check--> checking --nomination--> connected <--check on the selected pair--> lost
 *
 * Each restart adds a generation of local credentials. The selected pair serves until another is nominated, whatever
 * its generation (make before break). A lite agent cannot ask for consent (RFC 7675); it takes the peer's own checks,
 * which come every few seconds, as consent given.
 */
export class IceLiteAgent {
  readonly #crypto: Crypto;
  readonly #consentTimeoutMs: number;
  readonly #seenFromOutside: (from: TransportAddress) => TransportAddress;
  readonly #evidence = new CheckEvidence();
  /** Oldest first. */
  #generations: Generation[];
  #restarts = 0;
  #selected: CandidatePair | undefined;
  #state: IceState = 'new';
  #hasExpired = false;

  constructor(crypto: Crypto, { ice, consentTimeoutMs = CONSENT_TIMEOUT_MS, seenFromOutside }: IceLiteOptions) {
    this.#crypto = crypto;
    this.#consentTimeoutMs = consentTimeoutMs;
    this.#seenFromOutside = seenFromOutside ?? ((from) => from);
    this.#generations = [new Generation(0, ice)];
  }

  get state(): IceState {
    return this.#state;
  }

  /** Where to send, and from where: the selected pair, while consent has not expired. Allocates nothing. */
  get path(): IcePath | undefined {
    return this.#hasExpired ? undefined : this.#selected;
  }

  /** Whether a pair was ever selected: from then on `path` alone says whether anything may be sent. */
  get hasSelected(): boolean {
    return this.#selected !== undefined;
  }

  /** Of every live generation, oldest first. */
  localUfrags(): readonly string[] {
    return this.#generations.map(({ ufrag }) => ufrag);
  }

  /** Whether a valid check of a live generation came from there. Allocates nothing. */
  isValidated({ address, port }: TransportAddress): boolean {
    const remote = this.#selected?.remote;
    if (remote !== undefined && remote.port === port && remote.address === address) return true;
    for (const generation of this.#generations) if (generation.has(address, port)) return true;
    return false;
  }

  /** When the first valid check came by this path: the peer learned then that it works. */
  validatedAt(path: IcePath): number | undefined {
    for (const generation of this.#generations) {
      const at = generation.validatedAt(path);
      if (at !== undefined) return at;
    }
    return undefined;
  }

  /**
   * Answers checks for these local credentials from now on, beside the older ones (RFC 8445 section 9). `abandons`: the
   * peer has found that its paths so far carry nothing but checks. Chromium stays on a direct path whose checks are
   * answered, so theirs are refused.
   */
  restart(ice: IceCredentials, abandons = false): void {
    this.#restarts += 1;
    if (abandons) for (const generation of this.#generations) generation.isRevoked = true;
    this.#generations.push(new Generation(this.#restarts, ice));
    if (this.#generations.length > MAX_GENERATIONS) {
      const dropped = this.#generations.find((generation) => generation !== this.#selected?.generation);
      this.#generations = this.#generations.filter((generation) => generation !== dropped);
    }
  }

  /** Takes a datagram that came from `from` to the socket of `local`. */
  receive(now: number, datagram: Uint8Array, from: TransportAddress, local: LocalCandidate): IceOutput[] {
    const path = { local, remote: from };
    const judged = judgeCheck(this.#crypto, datagram, (ufrag) => this.#generationOf(ufrag));
    const pair = isValid(judged) ? this.#validate(now, judged, path) : undefined;
    const check: Check = isValid(judged) && pair === undefined ? { outcome: 'replayed' } : judged;
    const outputs: IceOutput[] = [];
    const answer = answerTo(this.#crypto, check, this.#seenFromOutside(from));
    if (answer !== undefined) outputs.push({ type: 'send', datagram: answer, from: local, to: from });
    const generation = 'generation' in judged ? judged.generation.index : undefined;
    const evidence = this.#evidence.record(now, check.outcome, path, generation);
    if (evidence !== undefined) outputs.push({ type: 'event', event: evidence });
    if (pair !== undefined) outputs.push(...this.#accept(now, pair, check.outcome === 'nominating').map(asOutput));
    return outputs;
  }

  /**
   * The peer's newest media came by this path: it uses that one now, and will nominate it. Undefined, and nothing
   * changed, where no check has validated it lately.
   */
  follow(now: number, path: IcePath): IceEvent[] | undefined {
    const pair = this.#freshPair(now, path);
    if (pair === undefined) return undefined;
    if (pair === this.#selected || pair.generation.isRevoked) return [];
    return this.#move(now, pair);
  }

  /** The peer answered from there, as a check would have said; its media comes from there as well where `isUsed`. */
  confirm(now: number, path: IcePath, isUsed: boolean): IceEvent[] {
    const like = this.#selected;
    const generation = like?.generation ?? this.#generations.at(-1);
    if (generation === undefined) return [];
    const pair = this.#freshPair(now, path) ?? generation.add(now, path, like?.priority ?? 0, like);
    return isUsed && pair !== like ? this.#move(now, pair) : [];
  }

  /** Whether a check validated this path within the time that consent lasts. */
  isFresh(now: number, path: IcePath): boolean {
    return this.#freshPair(now, path) !== undefined;
  }

  get selectedGeneration(): number {
    return this.#selected?.generation.index ?? 0;
  }

  /** By what the peer answers a question of ours: as on the selected pair, else as on any other. */
  peerOf(
    credentialsOf: (ufrag: string) => IceCredentials | undefined,
  ): { readonly localUfrag: string; readonly ice: IceCredentials } | undefined {
    const selected = this.#selected?.generation;
    const others = this.#generations.filter((generation) => generation !== selected).reverse();
    for (const { ufrag, peerUfrag } of selected === undefined ? others : [selected, ...others]) {
      const ice = peerUfrag === undefined ? undefined : credentialsOf(peerUfrag);
      if (ice !== undefined) return { localUfrag: ufrag, ice };
    }
    return undefined;
  }

  #freshPair(now: number, path: IcePath): CandidatePair | undefined {
    for (const generation of this.#generations) {
      const pair = generation.find(path);
      if (pair !== undefined && now - pair.lastCheckAt < CONSENT_EXPIRES_MS) return pair;
    }
    return undefined;
  }

  #move(now: number, pair: CandidatePair): IceEvent[] {
    this.#hasExpired = false;
    const events = this.#select(now, pair);
    return this.#state === 'lost' ? [...events, ...this.#enter(now, 'connected', pair)] : events;
  }

  /** The time (ms) at which `handleTimeout` has something to do. */
  get nextTimeout(): number | undefined {
    let next: number | undefined;
    for (const { retireAt } of this.#generations) next = earlier(next, retireAt);
    if (this.#selected === undefined || this.#hasExpired) return next;
    const limitMs = this.#state === 'lost' ? this.#expiresAfterMs : this.#consentTimeoutMs;
    return earlier(next, this.#selected.lastCheckAt + limitMs);
  }

  handleTimeout(now: number): IceOutput[] {
    this.#generations = this.#generations.filter(({ retireAt }) => retireAt === undefined || now < retireAt);
    if (this.#selected === undefined) return [];
    const silence = now - this.#selected.lastCheckAt;
    this.#hasExpired = silence >= this.#expiresAfterMs;
    return silence >= this.#consentTimeoutMs ? this.#enter(now, 'lost', this.#selected).map(asOutput) : [];
  }

  get #expiresAfterMs(): number {
    return Math.max(CONSENT_EXPIRES_MS, this.#consentTimeoutMs);
  }

  #generationOf(ufrag: string): Generation | undefined {
    return this.#generations.findLast((generation) => generation.ufrag === ufrag);
  }

  #validate(now: number, check: ValidCheck, path: IcePath): CandidatePair | undefined {
    const { generation, priority, peerUfrag } = check;
    const { transactionId } = check.request;
    generation.peerUfrag = peerUfrag;
    return generation.validate(now, path, { priority, transactionId }, this.#selected);
  }

  /** What RFC 8445 sections 7.3.1.3 to 7.3.2 do after a check was answered with success. */
  #accept(now: number, pair: CandidatePair, isNominating: boolean): IceEvent[] {
    const events = isNominating ? this.#nominate(now, pair) : [];
    const selected = this.#selected;
    if (selected === undefined) {
      return this.#state === 'new' ? [...events, ...this.#enter(now, 'checking', pair)] : events;
    }
    // Consent belongs to the two addresses, whichever credentials the check came with.
    if (!sameAddress(selected.remote, pair.remote) || !sameAddress(selected.local, pair.local)) return events;
    selected.local = pair.local;
    selected.lastCheckAt = now;
    this.#hasExpired = false;
    return [...events, ...this.#enter(now, 'connected', selected)];
  }

  #nominate(now: number, pair: CandidatePair): IceEvent[] {
    const hasWon = takesOver(now, pair, this.#selected);
    pair.nominatedAt = now;
    return hasWon ? this.#select(now, pair) : [];
  }

  #select(now: number, pair: CandidatePair): IceEvent[] {
    const previous = this.#selected;
    this.#selected = pair;
    const { index } = pair.generation;
    for (const generation of this.#generations) {
      if (generation.index < index) generation.supersededAt ??= now;
      else generation.supersededAt = undefined;
    }
    const { local, remote } = pair;
    const before = previous && { local: previous.local, remote: previous.remote };
    return [{ type: 'path', remote, local, previous: before, generation: index, at: now }];
  }

  #enter(now: number, state: Exclude<IceState, 'new'>, { remote, local, generation }: CandidatePair): IceEvent[] {
    if (this.#state === state) return [];
    this.#state = state;
    return [{ type: 'ice', state, remote, local, generation: generation.index, at: now }];
  }
}

const isValid = (check: Check): check is ValidCheck => check.outcome === 'valid' || check.outcome === 'nominating';

const asOutput = (event: IceEvent): IceOutput => ({ type: 'event', event });

const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);
