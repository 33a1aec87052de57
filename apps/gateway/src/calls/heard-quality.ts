import type { Quality } from '@earshot/signaling';

/** How the call sounds, to whoever hears it worse: `good` is as a call should be, `bad` is hard to follow. */
export type QualityLevel = 'good' | 'fair' | 'poor' | 'bad';

/** MOS of the last few seconds, 1 to 4.5, of what the far end hears (`up`) and of what is heard here (`down`). */
export interface HeardQuality extends Quality {
  readonly level: QualityLevel;
}

/** Each with the MOS it begins at: people are satisfied, some are not, many are not, nearly all are not (ITU-T G.107). */
const LEVELS: readonly (readonly [QualityLevel, number])[] = [
  ['good', 3.9],
  ['fair', 3.4],
  ['poor', 2.7],
  ['bad', 0],
];
/** A level is left upwards by so much more than it ends at. */
const MARGIN = 0.15;
/** Seconds in a row that it takes to say so. */
const WORSE = 2;
const BETTER = 3;

/** Turns what the gateway computes each second into a level that does not flicker. */
export class CallQuality {
  /** Undefined until there is something to judge. */
  now: HeardQuality | undefined;
  #at = -1;
  #streak = 0;

  /** True when the level is another. */
  take(quality: Quality): boolean {
    const mos = Math.min(quality.up ?? 5, quality.down ?? 5);
    if (mos === 5) return false;
    const at = this.#at;
    const found = levelAt(mos);
    const next = found < at ? Math.max(found, levelAt(mos - MARGIN)) : found;
    const isBetter = next < at;
    const isNews = next !== at;
    // Worse counts up, better counts down, and either begins anew after the other.
    this.#streak = isNews ? (isBetter ? Math.min(0, this.#streak) - 1 : Math.max(0, this.#streak) + 1) : 0;
    const changed = at < 0 || this.#streak >= WORSE || this.#streak <= -BETTER;
    if (changed) {
      this.#at = next;
      this.#streak = 0;
    }
    const [level] = LEVELS[this.#at] as (typeof LEVELS)[number];
    this.now = { ...quality, level };
    return changed;
  }
}

const levelAt = (mos: number): number => LEVELS.findIndex(([, from]) => mos >= from);
