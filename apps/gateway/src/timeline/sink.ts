import type { CallTimeline } from '@earshot/telemetry';

/** Where the timelines of ended calls go. Called once for each, when nothing more is to come. */
export interface TimelineSink {
  keep(timeline: CallTimeline): void;
}

/** The place of a call in the list of all: by start, then by id. */
export interface CallPlace {
  readonly startedAt: number;
  readonly callId: string;
}

/** Where they are read again. */
export interface TimelineSource {
  find(callId: string): CallTimeline | undefined;
  /** Newest first: those that come after `after`, at most `limit`. */
  list(limit: number, after?: CallPlace): readonly CallTimeline[];
}

/** Negative where `a` stands before `b` in such a list. */
export const newestFirst = (a: CallPlace, b: CallPlace): number =>
  b.startedAt - a.startedAt || (a.callId < b.callId ? 1 : a.callId > b.callId ? -1 : 0);
