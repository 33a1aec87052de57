import type { Millis } from '@earshot/base';
import type { LegKind, LegName, QualityFacts, Sample, TimelineEntry, Verdict, VerdictEvent } from '@earshot/telemetry';
import { entryOf } from './catalogue/index.js';
import { CallTrace } from './features/call-trace.js';
import { QualityMeter } from './quality/meter.js';
import { type Kept, Ledger } from './ranking/ledger.js';
import { type Ranked, rank, verdictOf } from './ranking/rank.js';
import { findingsOf } from './rules/index.js';
import type { DiagnosisStart, LiveDiagnosis } from './types.js';

/** What lasted no longer than this when somebody hung up is the hanging up. */
const HANGING_UP_MS = 2_500;

/**
 * One call: what comes in goes into the trace, rules are asked at each tick, what they find goes into the ledger, and the
 * ranking says what of it is a root cause. Live and afterwards alike.
 */
export class Engine implements LiveDiagnosis {
  readonly #trace: CallTrace;
  readonly #ledger = new Ledger();
  readonly #quality: QualityMeter;
  /** The ranking as it stood at `#rankedAt`: the version of the ledger, and whether the call had ended. */
  #ranked: readonly Ranked[] = [];
  #rankedAt = '';
  #changed = false;

  constructor(start: DiagnosisStart) {
    this.#trace = new CallTrace(start);
    this.#quality = new QualityMeter(this.#trace);
  }

  describe({ callee }: { readonly callee: LegKind }): void {
    this.#trace.callee = callee;
    this.#changed = true;
  }

  /** `index`: its place in the timeline, where there is one. */
  entry(entry: TimelineEntry, index?: number): void {
    if (entry.source === 'diagnosis') return;
    this.#trace.take(entry, index);
    this.#changed = true;
  }

  sample(sample: Sample, index?: number): void {
    this.#trace.sample(sample, index);
    this.#quality.sample(sample);
    this.#changed = true;
  }

  tick(now: Millis): readonly VerdictEvent[] {
    this.#judge(now);
    return this.#events(false);
  }

  end(now: Millis): readonly VerdictEvent[] {
    this.#judge(now);
    this.#ledger.forget((kept) => !this.#counts(kept));
    return this.#events(true);
  }

  get verdicts(): readonly Verdict[] {
    if (this.#changed) this.#judge(this.#trace.now);
    const isOver = this.#trace.ended !== undefined;
    // While it runs, what is held back is not said; a record is written as soon as it has ended.
    return this.#ranking
      .filter(({ kept }) => kept.ripe || isOver)
      .filter(({ kept }) => !isOver || this.#counts(kept))
      .map(verdictOf);
  }

  get quality(): readonly QualityFacts[] {
    return this.#quality.facts;
  }

  qualityNow(leg: LegName): number | undefined {
    return this.#quality.now(leg);
  }

  get #ranking(): readonly Ranked[] {
    const { ended } = this.#trace;
    const version = `${this.#ledger.version} ${ended?.at}`;
    if (version !== this.#rankedAt) {
      const end = ended === undefined ? undefined : { at: ended.at, code: ended.event.code };
      this.#ranked = rank(this.#ledger.all, end);
      this.#rankedAt = version;
    }
    return this.#ranked;
  }

  #judge(now: Millis): void {
    const trace = this.#trace;
    const end = trace.ended?.at;
    trace.now = end === undefined ? Math.max(trace.now, now) : end;
    this.#ledger.update(findingsOf(trace), trace.now, end !== undefined);
    this.#changed = false;
  }

  /** Of a call that somebody hung up, what began with the hanging up, and was not said before, is no part. */
  #counts({ raised, finding, since, until }: Kept): boolean {
    const { ended } = this.#trace;
    if (ended === undefined || raised) return true;
    const { holdMs } = entryOf(finding.code);
    const lasted = (until ?? ended.at) - since;
    if (ended.event.code === undefined && ended.event.result !== 'failed')
      return holdMs === 0 || lasted >= Math.max(holdMs, HANGING_UP_MS);
    return true;
  }

  #events(atOnce: boolean): readonly VerdictEvent[] {
    if (this.#ledger.isEmpty) return [];
    const events: VerdictEvent[] = [];
    const roots = new Set<Kept>();
    for (const { kept } of this.#ranking) {
      roots.add(kept);
      if (kept.until !== undefined || kept.raised || !(atOnce || kept.ripe)) continue;
      kept.raised = true;
      events.push(eventOf('verdict.raised', kept));
    }
    for (const kept of this.#ledger.all) {
      if (!kept.raised || (roots.has(kept) && kept.until === undefined)) continue;
      kept.raised = false;
      events.push(eventOf('verdict.withdrawn', kept));
    }
    return events;
  }
}

function eventOf(type: VerdictEvent['type'], kept: Kept): VerdictEvent {
  const { code, layer, side, weight, confidence, text } = verdictOf({ kept, consequences: [] });
  return { type, code, layer, side, weight, confidence, text };
}

export const startDiagnosis = (start: DiagnosisStart): LiveDiagnosis => new Engine(start);
