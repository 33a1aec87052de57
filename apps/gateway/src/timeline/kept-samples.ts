import type { Millis } from '@earshot/base';
import type { BrowserFigures, BrowserSample, LegFigures, LegName, Sample } from '@earshot/telemetry';
import { RateLimit } from '../sessions/rate.js';

/** A sample, or one of a browser that is not placed in time before it is read. */
type Kept =
  | Sample
  | {
      readonly source: 'unplaced';
      readonly leg: LegName;
      readonly atMs: number;
      readonly figures: BrowserFigures;
      readonly arrivedAt: Millis;
    };

/** Where a browser's count began, by the gateway's clock. */
export type AskedAt = (leg: LegName) => Millis | undefined;

/** Samples of one leg from one source. */
interface Row {
  readonly kept: Kept[];
  /** How many of `kept`, from its beginning, are stored. */
  stored: number;
  readonly rate: RateLimit;
}

/** Of a browser: what waits while the connection is lost comes at once. */
const PER_SECOND = 4;
const AT_ONCE = 600;

/** The newest samples of a call, by leg and source. What is older is in the store alone. */
export class KeptSamples {
  /** Samples that came too often, or were dropped before they were stored. */
  omitted = 0;
  /** Samples that are in the store alone. */
  outOfMemory = 0;
  readonly #rows = new Map<string, Row>();

  browser(arrivedAt: Millis, leg: LegName, sample: BrowserSample, askedAt: Millis | undefined): Sample | undefined {
    const row = this.#row(`browser ${leg}`, arrivedAt);
    if (!row.rate.take(arrivedAt)) {
      this.omitted += 1;
      return undefined;
    }
    const { atMs, ...figures } = sample;
    row.kept.push({ source: 'unplaced', leg, atMs, figures, arrivedAt });
    return { at: placed(atMs, arrivedAt, askedAt), source: 'browser', leg, figures };
  }

  gateway(at: Millis, leg: LegName, figures: LegFigures): Sample {
    const sample: Sample = { at, source: 'gateway', leg, figures };
    this.#row(`gateway ${leg}`, at).kept.push(sample);
    return sample;
  }

  /** Keeps the newest `most` of each row. */
  trim(most: number): void {
    for (const row of this.#rows.values()) {
      const surplus = row.kept.length - most;
      if (surplus <= 0) continue;
      row.kept.splice(0, surplus);
      const unstored = Math.max(0, surplus - row.stored);
      this.omitted += unstored;
      this.outOfMemory += surplus - unstored;
      row.stored = Math.max(0, row.stored - surplus);
    }
  }

  all(askedAt: AskedAt): Sample[] {
    return inOrder([...this.#rows.values()].flatMap(({ kept }) => kept.map((one) => place(one, askedAt))));
  }

  /** Those that were not taken before. */
  takeNew(askedAt: AskedAt): Sample[] {
    const fresh = [...this.#rows.values()].flatMap((row) => {
      const { kept, stored } = row;
      row.stored = kept.length;
      return kept.slice(stored).map((one) => place(one, askedAt));
    });
    return inOrder(fresh);
  }

  #row(key: string, now: Millis): Row {
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row = { kept: [], stored: 0, rate: new RateLimit(PER_SECOND, AT_ONCE, now) };
    this.#rows.set(key, row);
    return row;
  }
}

const inOrder = (samples: Sample[]): Sample[] => samples.sort((a, b) => a.at - b.at);

const placed = (atMs: number, arrivedAt: Millis, askedAt: Millis | undefined): Millis =>
  askedAt === undefined ? arrivedAt : Math.round(askedAt + atMs);

function place(kept: Kept, askedAt: AskedAt): Sample {
  if (kept.source !== 'unplaced') return kept;
  const { leg, atMs, figures, arrivedAt } = kept;
  return { at: placed(atMs, arrivedAt, askedAt(leg)), source: 'browser', leg, figures };
}
