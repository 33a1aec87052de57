import { EarshotError, type ErrorCode } from '../index.js';
import type { PreflightProblem, PreflightStep } from './types.js';

/** What a step brought to light. */
export interface Findings<Figures> {
  readonly problems: readonly PreflightProblem[];
  readonly figures?: Figures;
  readonly skipped?: boolean;
}

/** In ms, and never backwards. */
export const now = (): number => performance.now();

/** Waits so many ms, or until `signal`. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });

export function problemOf(
  step: PreflightStep['step'],
  why: EarshotError | { readonly code: ErrorCode; readonly detail?: string; readonly where?: string },
  fatal: boolean,
): PreflightProblem {
  const { code, detail } = why;
  const where = why instanceof EarshotError ? undefined : why.where;
  return {
    ...{ code, step, fatal },
    ...(where === undefined ? {} : { where }),
    ...(detail === undefined ? {} : { detail }),
  };
}
