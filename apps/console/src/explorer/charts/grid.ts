import type { Sample } from '@earshot/telemetry';

/** Equal steps of a call, onto which samples of different clocks and rates are laid. */
export interface Grid {
  /** In ms. */
  readonly step: number;
  /** Middle of each step in seconds from the beginning of the call. */
  readonly seconds: readonly number[];
}

/** Steps of a second, longer ones for calls that would have more of them than anybody can see. */
const MOST_STEPS = 900;

export function gridOf(durationMs: number): Grid {
  const step = Math.max(1, Math.ceil(durationMs / 1000 / MOST_STEPS)) * 1000;
  const length = Math.max(1, Math.ceil(durationMs / step));
  return { step, seconds: Array.from({ length }, (_, index) => (index + 0.5) * (step / 1000)) };
}

/** A figure for each step: the mean, weighted by time, of the samples that reach into it; null where there is none. */
export function lay(
  { step, seconds }: Grid,
  startedAt: number,
  samples: readonly Sample[],
  read: (sample: Sample) => number | undefined,
): readonly (number | null)[] {
  const sums = new Float64Array(seconds.length);
  const weights = new Float64Array(seconds.length);
  for (const sample of samples) {
    const value = read(sample);
    if (value === undefined || !Number.isFinite(value)) continue;
    const end = sample.at - startedAt;
    const begin = end - Math.max(1, sample.figures.ms);
    const last = Math.min(seconds.length - 1, Math.floor((end - 1) / step));
    for (let index = Math.max(0, Math.floor(begin / step)); index <= last; index += 1) {
      const covered = Math.min(end, (index + 1) * step) - Math.max(begin, index * step);
      sums[index] = (sums[index] ?? 0) + value * covered;
      weights[index] = (weights[index] ?? 0) + covered;
    }
  }
  // A step that a sample merely grazes says nothing of its own.
  const enough = step / 10;
  return seconds.map((_, index) => {
    const weight = weights[index] ?? 0;
    return weight < enough ? null : (sums[index] ?? 0) / weight;
  });
}

export interface Summary {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

export function summarize(values: readonly (number | null)[]): Summary | undefined {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return undefined;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const value of known) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return { mean: sum / known.length, least, most };
}

/** At most `most` rows of a table: each the mean of as many steps. */
export function condense(values: readonly (number | null)[], most: number): readonly (number | null)[] {
  const size = Math.max(1, Math.ceil(values.length / most));
  const rows: (number | null)[] = [];
  for (let start = 0; start < values.length; start += size) {
    rows.push(summarize(values.slice(start, start + size))?.mean ?? null);
  }
  return rows;
}
