import type { Millis } from '@earshot/base';
import type { CallRecord, Overview, OverviewSlice } from '@earshot/telemetry';
import { factsOf } from './facts.js';

/** Over any time: steps of the same length, and the names of each kind that matter most. */
export const OVERVIEW_STEPS = 48;
const MOST_SLICES = 20;

export const stepLength = (from: Millis, until: Millis): number =>
  Math.max(1, Math.ceil((until - from) / OVERVIEW_STEPS));

/** Counts of calls that have something in common. */
export interface Tally {
  calls: number;
  failed: number;
  degraded: number;
  answered: number;
  withoutAudio: number;
  mosSum: number;
  mosCount: number;
}

export const noTally = (): Tally => ({
  calls: 0,
  failed: 0,
  degraded: 0,
  answered: 0,
  withoutAudio: 0,
  mosSum: 0,
  mosCount: 0,
});

function addTally(to: Tally, more: Tally): void {
  to.calls += more.calls;
  to.failed += more.failed;
  to.degraded += more.degraded;
  to.answered += more.answered;
  to.withoutAudio += more.withoutAudio;
  to.mosSum += more.mosSum;
  to.mosCount += more.mosCount;
}

const mosOf = ({ mosSum, mosCount }: Tally): { mos?: number } =>
  mosCount === 0 ? {} : { mos: Math.round((mosSum / mosCount) * 100) / 100 };

class Slices {
  readonly #tallies = new Map<string, Tally>();

  add(name: string | null, tally: Tally): void {
    if (name === null) return;
    let known = this.#tallies.get(name);
    if (known === undefined) {
      known = noTally();
      this.#tallies.set(name, known);
    }
    addTally(known, tally);
  }

  /** Where most calls failed first. */
  worst(): OverviewSlice[] {
    return [...this.#tallies]
      .sort(
        ([oneName, one], [otherName, other]) =>
          other.failed - one.failed ||
          other.degraded - one.degraded ||
          other.calls - one.calls ||
          (oneName < otherName ? -1 : 1),
      )
      .slice(0, MOST_SLICES)
      .map(([name, tally]) => ({
        name,
        calls: tally.calls,
        failed: tally.failed,
        degraded: tally.degraded,
        withoutAudio: tally.withoutAudio,
        ...mosOf(tally),
      }));
  }
}

/** Gathers an overview from counts, however finely those are cut. */
export class OverviewGatherer {
  readonly #from: Millis;
  readonly #until: Millis;
  readonly #stepMs: number;
  readonly #all = noTally();
  readonly #steps: Tally[];
  readonly #causes = new Slices();
  readonly #browsers = new Slices();
  readonly #networks = new Slices();
  readonly #trunks = new Slices();

  constructor(from: Millis, until: Millis) {
    this.#from = from;
    this.#until = until;
    this.#stepMs = stepLength(from, until);
    const steps = Math.max(0, Math.ceil((until - from) / this.#stepMs));
    this.#steps = Array.from({ length: steps }, noTally);
  }

  addStep(step: number, tally: Tally): void {
    const at = this.#steps[step];
    if (at === undefined) return;
    addTally(this.#all, tally);
    addTally(at, tally);
  }

  addCause(name: string | null, tally: Tally): void {
    this.#causes.add(name, tally);
  }

  addTrunk(name: string | null, tally: Tally): void {
    this.#trunks.add(name, tally);
  }

  /** A call counts once for each browser or network that it has, not for each of its legs. */
  addBrowser(name: string | null, tally: Tally): void {
    this.#browsers.add(name, tally);
  }

  addNetwork(name: string | null, tally: Tally): void {
    this.#networks.add(name, tally);
  }

  overview(): Omit<Overview, 'gaps'> {
    const { calls, failed, degraded, answered, withoutAudio } = this.#all;
    return {
      ...{ from: this.#from, until: this.#until, calls, failed, degraded, answered, withoutAudio },
      ...mosOf(this.#all),
      steps: this.#steps.map((tally, index) => ({
        at: this.#from + index * this.#stepMs,
        calls: tally.calls,
        failed: tally.failed,
        degraded: tally.degraded,
      })),
      byCause: this.#causes.worst(),
      byBrowser: this.#browsers.worst(),
      byNetwork: this.#networks.worst(),
      byTrunk: this.#trunks.worst(),
    };
  }
}

const distinct = <Value>(values: readonly Value[]): readonly Value[] => [...new Set(values)];

/** The same of records at hand. */
export function summarize(records: Iterable<CallRecord>, from: Millis, until: Millis): Omit<Overview, 'gaps'> {
  const gatherer = new OverviewGatherer(from, until);
  const stepMs = stepLength(from, until);
  for (const record of records) {
    if (record.startedAt < from || record.startedAt >= until) continue;
    const facts = factsOf(record);
    const tally: Tally = {
      calls: 1,
      failed: Number(facts.failed),
      degraded: Number(facts.degraded),
      answered: Number(facts.answered),
      withoutAudio: Number(facts.withoutAudio),
      mosSum: facts.mos ?? 0,
      mosCount: facts.mos === null ? 0 : 1,
    };
    gatherer.addStep(Math.floor((record.startedAt - from) / stepMs), tally);
    gatherer.addCause(facts.cause, tally);
    gatherer.addTrunk(facts.trunk, tally);
    for (const name of distinct(facts.browsers.map(({ browserVersion }) => browserVersion))) {
      gatherer.addBrowser(name, tally);
    }
    for (const name of distinct(facts.browsers.map(({ network }) => network))) gatherer.addNetwork(name, tally);
  }
  return gatherer.overview();
}
