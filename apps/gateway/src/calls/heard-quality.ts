import type { Quality, QualityLevel } from '@earshot/signaling';

/** Each with the MOS it begins at: people are satisfied, some are not, many are not, nearly all are not (ITU-T G.107). */
const LEVELS: readonly (readonly [QualityLevel, number])[] = [
  ['good', 3.9],
  ['fair', 3.4],
  ['poor', 2.7],
  ['bad', 0],
];
/** A level is left upwards by so much more than it ends at. */
const MARGIN = 0.1;
/** Seconds in a row that it takes to say so. */
const WORSE = 2;
const BETTER = 3;

/** Turns the MOS of the last few seconds, as it comes each second, into a level that does not flicker. */
export class HeardQuality {
  #at = -1;
  #streak = 0;

  /** Of what the far end hears (`up`) and of what the browser hears; undefined while there is nothing to judge. */
  take(up: number | undefined, down: number | undefined): Quality | undefined {
    if (up === undefined && down === undefined) return undefined;
    this.#judge(Math.min(up ?? Number.POSITIVE_INFINITY, down ?? Number.POSITIVE_INFINITY));
    const [level] = LEVELS[this.#at] as (typeof LEVELS)[number];
    return { ...(up === undefined ? {} : { up }), ...(down === undefined ? {} : { down }), level };
  }

  #judge(mos: number): void {
    const at = this.#at;
    const found = levelAt(mos);
    const next = found < at ? Math.max(found, levelAt(mos - MARGIN)) : found;
    // Worse counts up, better counts down, and either begins anew after the other.
    if (next === at) this.#streak = 0;
    else if (next < at) this.#streak = Math.min(0, this.#streak) - 1;
    else this.#streak = Math.max(0, this.#streak) + 1;
    if (at >= 0 && this.#streak < WORSE && this.#streak > -BETTER) return;
    this.#at = next;
    this.#streak = 0;
  }
}

const levelAt = (mos: number): number => LEVELS.findIndex(([, from]) => mos >= from);
