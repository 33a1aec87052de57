import type { CallTimeline, Verdict } from '@earshot/telemetry';
import type { Coverage } from '../types.js';

/** One or two plain sentences about the whole call. */
export function summaryOf(timeline: CallTimeline, verdicts: readonly Verdict[], coverage: Coverage): string {
  const [first, second] = verdicts;
  if (first === undefined) {
    if (coverage.vantages.length === 0 || (timeline.entries.length === 0 && timeline.samples.length === 0)) {
      return 'There is nothing in it to judge.';
    }
    return coverage.vantages.includes('gateway') ? 'Nothing was wrong.' : 'Nothing was wrong, as far as this can show.';
  }
  const more = second !== undefined && second.weight === first.weight ? [`Besides: ${second.text}`] : [];
  const over = first.until !== undefined && first.weight !== 'hint' ? ['It was over after a while.'] : [];
  if (first.weight === 'hint') return `Nothing was wrong. Worth knowing: ${first.text}`;
  return [first.text, ...(more.length > 0 ? more : over)].join(' ');
}
