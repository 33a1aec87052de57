import type { CallState } from '@earshot/base';
import type { CallTimeline, Verdict } from '@earshot/telemetry';
import type { Window } from './marks.js';

/** A state of the call and how long it lasted, in ms from the beginning. */
export interface Segment {
  readonly state: CallState;
  readonly from: number;
  readonly to: number;
}

/** The time that is drawn: from the first entry, which may be earlier than the call, to the end or the last thing seen. */
export function wholeOf({ startedAt, endedAt, entries, samples }: CallTimeline): Window {
  const first = entries[0]?.at ?? startedAt;
  const last = Math.max(endedAt ?? startedAt, samples.at(-1)?.at ?? 0, endedAt ?? entries.at(-1)?.at ?? startedAt);
  // An allocation may have been made long before the call was asked for.
  const from = Math.max(-MOST_BEFORE_MS, Math.min(0, first - startedAt));
  return { from, to: Math.max(last - startedAt, from + 1_000) };
}

const MOST_BEFORE_MS = 2_000;

export function segmentsOf(timeline: CallTimeline, whole: Window): readonly Segment[] {
  const { startedAt, entries, endedAt } = timeline;
  const segments: Segment[] = [];
  let state: CallState = 'new';
  let from = 0;
  const turn = (next: CallState, at: number): void => {
    if (at > from) segments.push({ state, from, to: at });
    state = next;
    from = at;
  };
  for (const { at, event } of entries) {
    if (event.type === 'call.state' && event.state !== state) turn(event.state, at - startedAt);
  }
  turn('ended', endedAt === undefined ? whole.to : endedAt - startedAt);
  return segments;
}

/** A verdict as a bar, in a line of its own where it would lie upon another. */
export interface Bar {
  readonly verdict: Verdict;
  readonly from: number;
  readonly to: number;
  readonly line: number;
}

const MOST_LINES = 4;

export function barsOf(verdicts: readonly Verdict[], startedAt: number, whole: Window): readonly Bar[] {
  const free: number[] = [];
  return verdicts.flatMap((verdict): Bar[] => {
    const from = verdict.since - startedAt;
    const to = Math.max(from, Math.min(whole.to, (verdict.until ?? Number.POSITIVE_INFINITY) - startedAt));
    let line = free.findIndex((until) => until <= from);
    if (line < 0) line = free.length;
    if (line >= MOST_LINES) return [];
    free[line] = to + 1;
    return [{ verdict, from, to, line }];
  });
}
