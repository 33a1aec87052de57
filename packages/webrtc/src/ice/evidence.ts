import { formatAddress, type TransportAddress } from '@earshot/base';
import type { CheckEvent, CheckOutcome, IcePath } from './types.js';

/** Kinds of checks told apart; what comes beyond is counted by its outcome alone. */
const MAX_KINDS = 64;

const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0;

/** Counts checks by path, generation and outcome, and lets the first and every doubling become an event. */
export class CheckEvidence {
  readonly #counts = new Map<string, number>();

  record(
    at: number,
    outcome: CheckOutcome,
    { local, remote }: IcePath,
    generation: number | undefined,
  ): CheckEvent | undefined {
    const exact = `${outcome} ${generation} ${formatAddress(remote)} ${formatAddress(local)}`;
    const kind = this.#counts.has(exact) || this.#counts.size < MAX_KINDS ? exact : outcome;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (!isPowerOfTwo(count)) return undefined;
    return { type: 'check', outcome, from: plain(remote), local: plain(local), generation, count, at };
  }
}

/** A copy, without what else the owner's object says. */
const plain = ({ address, port }: TransportAddress): TransportAddress => ({ address, port });
