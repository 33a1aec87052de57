import { formatAddress, type TransportAddress } from '@earshot/base';
import type { CheckEvent, CheckOutcome } from './types.js';

/** Kinds of checks told apart; what comes beyond is counted by its outcome alone. */
const MAX_KINDS = 64;

const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0;

/** Counts checks by address, generation and outcome, and lets the first and every doubling become an event. */
export class CheckEvidence {
  readonly #counts = new Map<string, number>();

  record(
    at: number,
    outcome: CheckOutcome,
    { address, port }: TransportAddress,
    generation: number | undefined,
  ): CheckEvent | undefined {
    const from = { address, port };
    const exact = `${outcome} ${generation} ${formatAddress(from)}`;
    const kind = this.#counts.has(exact) || this.#counts.size < MAX_KINDS ? exact : outcome;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return isPowerOfTwo(count) ? { type: 'check', outcome, from, generation, count, at } : undefined;
  }
}
