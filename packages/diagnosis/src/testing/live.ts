import type { Millis } from '@earshot/base';
import type { CallTimeline, Verdict, VerdictEvent } from '@earshot/telemetry';
import { startDiagnosis } from '../engine.js';

export interface Said extends VerdictEvent {
  readonly at: Millis;
}

/**
 * Runs a timeline as a gateway does: in order of time, with a tick a second; `offsetMs` shifts the ticks. Pages send their
 * samples every `batchMs`, so that what the gateway counted is there before what they counted of the same time.
 */
export function live(
  timeline: CallTimeline,
  offsetMs = 0,
  batchMs: Millis = 1,
): { readonly said: readonly Said[]; readonly verdicts: readonly Verdict[] } {
  const { callId, startedAt, endedAt, caller, callee, vantages, entries, samples } = timeline;
  const diagnosis = startDiagnosis({
    callId,
    startedAt,
    caller,
    ...(callee === undefined ? {} : { callee }),
    ...(vantages === undefined ? {} : { vantages }),
  });
  const all = [
    ...entries.map((entry) => ({ at: entry.at, take: () => diagnosis.entry(entry) })),
    ...samples.map((sample) => ({
      at: sample.source === 'browser' ? startedAt + Math.ceil((sample.at - startedAt) / batchMs) * batchMs : sample.at,
      take: () => diagnosis.sample(sample),
    })),
  ].sort((a, b) => a.at - b.at);
  const last = Math.max(endedAt ?? 0, all.at(-1)?.at ?? startedAt) + 1_000;
  const said: Said[] = [];
  let next = 0;
  for (let now = startedAt + offsetMs; now <= last; now += 1_000) {
    for (; next < all.length && (all[next]?.at ?? 0) <= now; next += 1) all[next]?.take();
    said.push(...diagnosis.tick(now).map((event) => ({ ...event, at: now })));
  }
  const end = last + 5_000;
  said.push(...diagnosis.end(end).map((event) => ({ ...event, at: end })));
  return { said, verdicts: diagnosis.verdicts };
}
