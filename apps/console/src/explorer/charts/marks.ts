/** Something at a moment. */
export interface Moment {
  /** Index of the entry. */
  readonly index: number;
  /** In ms from the beginning of the call. */
  readonly at: number;
}

/** Moments so near to each other that one mark stands for them. */
export interface Mark {
  readonly x: number;
  readonly indexes: readonly number[];
}

export interface Window {
  /** In ms from the beginning of the call. */
  readonly from: number;
  readonly to: number;
}

/** Where a moment stands between two edges of the drawing. */
export const xOf = (at: number, { from, to }: Window, left: number, right: number): number =>
  left + ((at - from) / Math.max(1, to - from)) * (right - left);

/** Marks in order of time, at least `apart` from each other; moments outside the window have none. */
export function layMarks(
  moments: readonly Moment[],
  window: Window,
  left: number,
  right: number,
  apart: number,
): readonly Mark[] {
  const marks: { x: number; indexes: number[] }[] = [];
  for (const { index, at } of moments) {
    if (at < window.from || at > window.to) continue;
    const x = xOf(at, window, left, right);
    const last = marks.at(-1);
    if (last !== undefined && x - last.x < apart) last.indexes.push(index);
    else marks.push({ x, indexes: [index] });
  }
  return marks;
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800];

/** Round moments for the time axis, in ms: at most `most` steps. */
export function ticks({ from, to }: Window, most: number): readonly number[] {
  const span = Math.max(1, to - from) / 1000;
  const step = (STEPS.find((seconds) => span / seconds <= most) ?? Math.ceil(span / most)) * 1000;
  const first = Math.ceil(from / step) * step;
  const found: number[] = [];
  for (let at = first; at <= to && found.length <= most; at += step) found.push(at);
  return found;
}

/** Nearer (`factor` < 1) or further away, around the middle, within the whole. */
export function zoom(window: Window, factor: number, whole: Window): Window {
  const middle = (window.from + window.to) / 2;
  const half = Math.max(MIN_WINDOW_MS, (window.to - window.from) * factor) / 2;
  return shiftInto({ from: middle - half, to: middle + half }, whole);
}

/** Earlier (negative) or later by a share of what is shown. */
export function shift(window: Window, share: number, whole: Window): Window {
  const by = (window.to - window.from) * share;
  return shiftInto({ from: window.from + by, to: window.to + by }, whole);
}

const MIN_WINDOW_MS = 500;

function shiftInto({ from, to }: Window, whole: Window): Window {
  const length = Math.min(to - from, whole.to - whole.from);
  const start = Math.min(Math.max(from, whole.from), whole.to - length);
  return { from: start, to: start + length };
}
