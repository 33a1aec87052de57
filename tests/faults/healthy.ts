/** One healthy call. */
export interface HealthyResult {
  readonly name: string;
  /** Why it was not made as it was meant. */
  readonly problem?: string;
  /** Verdicts of weight fault or degraded at any time. */
  readonly alarms: readonly string[];
  readonly saved?: string;
}

export interface HealthyOptions {
  readonly calls: number;
  readonly seed: number;
  readonly note: (result: HealthyResult) => HealthyResult;
}

import type { SharedBenches } from './benches.js';
export async function runHealthy(_shared: SharedBenches, _options: HealthyOptions): Promise<readonly HealthyResult[]> {
  return [];
}
