import type { ErrorCode } from '@earshot/base';
import type { Vantage, VerdictWeight } from '@earshot/telemetry';

/** What the diagnosis knows of a code besides the error table: how it is judged, and what the operator can do. */
export interface CatalogueEntry {
  readonly weights: readonly VerdictWeight[];
  /** Who can see it: each set is enough by itself. */
  readonly needs: readonly (readonly Vantage[])[];
  /** What proves it, and tells it from its look-alikes. */
  readonly evidence: string;
  /** What the operator can do. */
  readonly operator: string;
  /**
   * How long after its symptom a verdict is held back, in ms, since something that explains it may still show. What
   * proves itself is not held back.
   */
  readonly holdMs: number;
}

export type CataloguePart = Partial<Readonly<Record<ErrorCode, CatalogueEntry>>>;

/** `fault browser 0 | evidence | operator`: rows are data, and read best in one line each. */
export function row(
  weights: VerdictWeight | readonly VerdictWeight[],
  needs: readonly (readonly Vantage[])[],
  holdMs: number,
  evidence: string,
  operator: string,
): CatalogueEntry {
  return { weights: typeof weights === 'string' ? [weights] : weights, needs, evidence, operator, holdMs };
}

export const BROWSER: readonly (readonly Vantage[])[] = [['browser']];
export const GATEWAY: readonly (readonly Vantage[])[] = [['gateway']];
export const SIGNALLING: readonly (readonly Vantage[])[] = [['gateway'], ['capture']];
export const BOTH: readonly (readonly Vantage[])[] = [['browser', 'gateway']];
export const EITHER: readonly (readonly Vantage[])[] = [['browser'], ['gateway']];
