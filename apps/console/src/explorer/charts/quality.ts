import { qualityOf } from '@earshot/diagnosis';
import type { CallTimeline, LegName, Sample } from '@earshot/telemetry';
import type { Grid } from './grid.js';

/** Each stretch is judged by itself, which takes a run through all entries: few are enough to see a change. */
const MOST_STRETCHES = 24;
/** The diagnosis judges nothing shorter than 3 s. */
const LEAST_MS = 5_000;

/** The quality that each listener was given, over the steps of the grid. */
export function qualityOver(timeline: CallTimeline, { step, seconds }: Grid): ReadonlyMap<LegName, (number | null)[]> {
  const { startedAt, samples } = timeline;
  const found = new Map<LegName, (number | null)[]>();
  const steps = Math.max(1, Math.ceil(Math.max(LEAST_MS, (seconds.length * step) / MOST_STRETCHES) / step));
  for (let first = 0; first < seconds.length; first += steps) {
    const from = startedAt + first * step;
    const until = from + steps * step;
    const within = samples.filter(({ at }: Sample) => at > from && at <= until);
    if (within.length === 0) continue;
    for (const { leg, mos } of qualityOf({ ...timeline, samples: within })) {
      const values = found.get(leg) ?? seconds.map(() => null);
      found.set(leg, values.fill(mos, first, first + steps));
    }
  }
  return found;
}
