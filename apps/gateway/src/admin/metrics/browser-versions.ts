import type { BrowserFacts } from '@earshot/telemetry';

/** Names that the SDK tells apart. Pages of other programs can say what they like. */
const NAMES = ['Chromium', 'Chrome', 'Edge', 'Opera', 'Samsung Internet', 'Firefox', 'Safari'] as const;

/** Of one browser: those in use at a time are fewer. */
const MOST_VERSIONS = 12;

export const OTHER = 'other';

export interface BrowserLabels {
  readonly browser: string;
  readonly version: string;
}

/**
 * Labels for browsers: names of a fixed list, and the major versions that were met last. A version that was not seen for
 * longest gives its place to a new one, and its figures go with it.
 */
export class BrowserVersions {
  readonly #seen = new Map<string, Set<string>>();
  readonly #onForgotten: (labels: BrowserLabels) => void;

  constructor(onForgotten: (labels: BrowserLabels) => void) {
    this.#onForgotten = onForgotten;
  }

  labelsOf(facts: BrowserFacts | undefined): BrowserLabels {
    const browser = NAMES.find((name) => name === facts?.name);
    if (facts === undefined || browser === undefined) return { browser: OTHER, version: OTHER };
    const version = /^[1-9]\d{0,2}$/.test(facts.version) ? facts.version : OTHER;
    if (version !== OTHER) this.#touch(browser, version);
    return { browser, version };
  }

  #touch(browser: string, version: string): void {
    const versions = this.#seen.get(browser) ?? new Set();
    this.#seen.set(browser, versions);
    // The order of a set is that of insertion: the first is the one not seen for longest.
    versions.delete(version);
    versions.add(version);
    const [oldest] = versions;
    if (versions.size <= MOST_VERSIONS || oldest === undefined) return;
    versions.delete(oldest);
    this.#onForgotten({ browser, version: oldest });
  }
}
