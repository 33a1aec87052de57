import type { Millis } from '@earshot/base';
import type { CallTimeline, Sample, TimelineEntry } from '@earshot/telemetry';
import { Engine } from './engine.js';
import type { Diagnosis, DiagnosisPolicy, DiagnosisStart } from './types.js';
import { coverageOf } from './words/coverage.js';
import { summaryOf } from './words/summary.js';

const TICK_MS = 1_000;
/** What was on its way when the call ended. */
const LINGER_MS = 5_000;
/** In a timeline without samples nothing changes by itself for longer than this. */
const QUIET_MS = 60_000;

/** Runs a timeline through the engine as if it came in now. */
export function replay(timeline: CallTimeline, policy: Partial<DiagnosisPolicy> = {}): Engine {
  const { callId, startedAt, endedAt, caller, callee, vantages, entries, samples } = timeline;
  const start: DiagnosisStart = {
    callId,
    startedAt,
    caller,
    policy,
    ...(callee === undefined ? {} : { callee }),
    ...(vantages === undefined ? {} : { vantages }),
  };
  const engine = new Engine(start);
  let now = startedAt;
  const until = (at: Millis): void => {
    let ticks = 0;
    while (now + TICK_MS < at) {
      now += TICK_MS;
      ticks += 1;
      if (ticks * TICK_MS > QUIET_MS) {
        now = at - TICK_MS;
        return;
      }
      engine.tick(now);
    }
  };
  let entry = 0;
  let sample = 0;
  while (entry < entries.length || sample < samples.length) {
    const [nextEntry, nextSample]: [TimelineEntry | undefined, Sample | undefined] = [entries[entry], samples[sample]];
    if (nextEntry !== undefined && (nextSample === undefined || nextEntry.at <= nextSample.at)) {
      until(nextEntry.at);
      engine.entry(nextEntry, entry);
      entry += 1;
    } else if (nextSample !== undefined) {
      until(nextSample.at);
      engine.sample(nextSample, sample);
      sample += 1;
    }
  }
  engine.tick(now + TICK_MS);
  engine.end((endedAt ?? now) + LINGER_MS);
  return engine;
}

/** What was wrong with a call, whose problem it was and why. */
export function diagnose(timeline: CallTimeline, policy?: Partial<DiagnosisPolicy>): Diagnosis {
  const { verdicts } = replay(timeline, policy);
  const coverage = coverageOf(timeline);
  return { verdicts, coverage, summary: summaryOf(timeline, verdicts, coverage) };
}
