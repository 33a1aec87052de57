import type { Millis } from '@earshot/base';

/** A sample, or an entry, with its place in the timeline where that is known. */
export interface Kept<T> {
  readonly at: Millis;
  /** Index into the samples of the timeline; undefined where the call is live. */
  readonly index: number | undefined;
  readonly figures: T;
}

interface Interval {
  /** Length in ms. */
  readonly ms: number;
}

/** How many samples are looked back on: 10 s at one a second. */
const SAMPLES = 10;

/** The newest samples of one source, oldest first. Its size is bounded. */
export class SampleWindow<T extends Interval> {
  readonly #kept: Kept<T>[] = [];

  push(kept: Kept<T>): void {
    // What arrives late is put where it belongs; it is one of the last few if anything.
    let place = this.#kept.length;
    while (place > 0 && (this.#kept[place - 1] as Kept<T>).at > kept.at) place -= 1;
    this.#kept.splice(place, 0, kept);
    if (this.#kept.length > SAMPLES) this.#kept.shift();
  }

  get all(): readonly Kept<T>[] {
    return this.#kept;
  }

  get last(): Kept<T> | undefined {
    return this.#kept[this.#kept.length - 1];
  }

  /** The newest samples that together cover `ms` at least, or all there are; oldest first. */
  newest(ms: number): readonly Kept<T>[] {
    let covered = 0;
    let from = this.#kept.length;
    while (from > 0 && covered < ms - TOLERANCE_MS) {
      from -= 1;
      covered += (this.#kept[from] as Kept<T>).figures.ms;
    }
    return this.#kept.slice(from);
  }
}

/** Samples of a second are a little longer or shorter. */
const TOLERANCE_MS = 250;

export const lengthOf = (kept: readonly Kept<Interval>[]): number =>
  kept.reduce((sum, { figures }) => sum + figures.ms, 0);

/** The sum of a figure; where a sample does not say it, it counts as nothing. */
export function total<T>(kept: readonly Kept<T>[], pick: (figures: T) => number | undefined): number {
  let sum = 0;
  for (const { figures } of kept) sum += pick(figures) ?? 0;
  return sum;
}

/** Whole seconds that a sample stands for: figures come less often while nothing happens. */
const secondsOf = ({ ms }: Interval): number => Math.max(1, Math.min(5, Math.round(ms / 1000)));

/** Of the last five seconds, how many a condition held in. */
export function badSeconds<T extends Interval>(
  window: SampleWindow<T>,
  isBad: (figures: T, kept: Kept<T>) => boolean,
): number {
  let seen = 0;
  let bad = 0;
  const kept = window.all;
  for (let i = kept.length - 1; i >= 0 && seen < 5; i -= 1) {
    const one = kept[i] as Kept<T>;
    const seconds = Math.min(5 - seen, secondsOf(one.figures));
    seen += seconds;
    if (isBad(one.figures, one)) bad += seconds;
  }
  return bad;
}

/** A condition that holds in 3 of 5 seconds, until it has not held for five. */
export interface Sustained<T> {
  /** The beginning of the first interval in which it held. */
  readonly since: Millis;
  /** Samples that show it: the first ones, three at most. */
  readonly shown: readonly Kept<T>[];
}

/** Remembers which conditions hold, each by a name of a fixed vocabulary. */
export class Latches {
  readonly #held = new Map<string, Sustained<never>>();

  /** `RAISE_AT` of the last five seconds raise it; five without clear it. */
  sustained<T extends Interval>(
    name: string,
    window: SampleWindow<T>,
    isBad: (figures: T, kept: Kept<T>) => boolean,
    raiseAt = RAISE_AT,
  ): Sustained<T> | undefined {
    const held = this.#held.get(name) as Sustained<T> | undefined;
    const bad = badSeconds(window, isBad);
    if (held !== undefined) {
      if (bad > 0) return held;
      this.#held.delete(name);
      return undefined;
    }
    if (bad < raiseAt) return undefined;
    const shown = window.newest(5000).filter((kept) => isBad(kept.figures, kept));
    const [first] = shown;
    if (first === undefined) return undefined;
    const raised: Sustained<T> = { since: first.at - first.figures.ms, shown: shown.slice(0, 3) };
    this.#held.set(name, raised as Sustained<never>);
    return raised;
  }
}

const RAISE_AT = 3;

/** When a counter moved: O(1) memory of when something flowed first and last. */
export class Movement {
  first: Millis | undefined;
  last: Millis | undefined;
  /** The end of the newest interval that was looked at, whether anything moved in it or not. */
  looked: Millis | undefined;

  note(at: Millis, amount: number | undefined): void {
    if (amount === undefined) return;
    if (this.looked === undefined || at > this.looked) this.looked = at;
    if (amount <= 0) return;
    this.first ??= at;
    if (this.last === undefined || at > this.last) this.last = at;
  }

  /** For how long nothing has moved, up to the newest sample, in ms; from `since` where nothing ever did. */
  stillFor(since: Millis): number {
    return this.looked === undefined ? 0 : this.looked - Math.max(this.last ?? since, since);
  }

  /** Whether it moved within the last `ms` that were looked at. */
  movedWithin(ms: number): boolean {
    return this.last !== undefined && this.looked !== undefined && this.looked - this.last < ms;
  }
}
