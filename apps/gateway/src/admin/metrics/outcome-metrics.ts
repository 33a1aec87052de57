import type { Millis } from '@earshot/base';
import type { CallRecord, CallTimeline, VerdictEvent } from '@earshot/telemetry';
import { Counter, Histogram, type Registry } from 'prom-client';
import { type CallOutcome, codecsOf, outcomeOf, setupMs } from '../../outward/facts.js';
import type { CallObserver } from '../../timeline/observer.js';
import { BrowserVersions, OTHER } from './browser-versions.js';

/** In seconds: a second is a phone on the same desk, beyond eight a caller wonders, thirty is a timeout somewhere. */
const SETUP_BUCKETS = [0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 20, 30, 60];
/** Below 3.1 nearly all are dissatisfied, above 4.03 all are satisfied (ITU-T G.107 annex B). */
const MOS_BUCKETS = [1.5, 2, 2.58, 3.1, 3.6, 3.8, 4.03, 4.2, 4.34, 4.5];
/** A round is to be over long before the next, which comes a second later. */
const TICK_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** All of them have a line from the start: the first failure is then a rise, and no failure a share of 0. */
const OUTCOMES: readonly CallOutcome[] = ['ok', 'degraded', 'failed'];

const VERDICT = ['code', 'layer', 'side', 'weight'] as const;

export interface OutcomeMetricsOptions {
  readonly registry: Registry;
  /** Names of the configuration; a call of any other is counted as `other`. */
  readonly trunks: readonly string[];
}

/** Counts how calls went: what was wrong with them, how they sounded, and which browsers and trunks they used. */
export class OutcomeMetrics implements CallObserver {
  readonly #trunks: ReadonlySet<string>;
  readonly #versions: BrowserVersions;
  readonly #raised: Counter<(typeof VERDICT)[number]>;
  readonly #withdrawn: Counter<'code' | 'side'>;
  readonly #causes: Counter<(typeof VERDICT)[number]>;
  readonly #answered: Counter;
  readonly #silent: Counter;
  readonly #mos: Histogram<'codec' | 'scale'>;
  readonly #setup: Histogram;
  readonly #browsers: Counter<'browser' | 'version' | 'outcome'>;
  readonly #byTrunk: Counter<'trunk' | 'outcome'>;
  readonly #omitted: Counter<'kind'>;
  readonly #ticks: Histogram;

  constructor({ registry, trunks }: OutcomeMetricsOptions) {
    const registers = [registry];
    this.#trunks = new Set(trunks);
    this.#raised = new Counter({
      name: 'earshot_verdicts_total',
      help: 'Verdicts raised while calls were running; one that was withdrawn and came again counts twice',
      labelNames: VERDICT,
      registers,
    });
    this.#withdrawn = new Counter({
      name: 'earshot_verdicts_withdrawn_total',
      help: 'Verdicts withdrawn since their symptom was over',
      labelNames: ['code', 'side'],
      registers,
    });
    this.#causes = new Counter({
      name: 'earshot_call_causes_total',
      help: 'Calls that ended with something wrong, by their first verdict',
      labelNames: VERDICT,
      registers,
    });
    this.#answered = new Counter({
      name: 'earshot_calls_answered_total',
      help: 'Calls that ended and had been answered',
      registers,
    });
    this.#silent = new Counter({
      name: 'earshot_calls_without_audio_total',
      help: 'Calls that ended, had been answered, and were never heard both ways',
      registers,
    });
    this.#mos = new Histogram({
      name: 'earshot_call_mos',
      help: 'What listeners of one leg were given, mean of the call, as MOS (1 to 4.5); scales cannot be compared',
      labelNames: ['codec', 'scale'],
      buckets: MOS_BUCKETS,
      registers,
    });
    this.#setup = new Histogram({
      name: 'earshot_setup_seconds',
      help: 'From the call to the first ringing, early audio or answer (post-dial delay)',
      buckets: SETUP_BUCKETS,
      registers,
    });
    this.#browsers = new Counter({
      name: 'earshot_browser_calls_total',
      help: 'Browser legs of calls that ended, by browser, major version, and how the call went (ok, degraded, failed)',
      labelNames: ['browser', 'version', 'outcome'],
      registers,
    });
    this.#byTrunk = new Counter({
      name: 'earshot_trunk_calls_total',
      help: 'Calls that ended, by trunk and how they went; failed includes refusals of the far end',
      labelNames: ['trunk', 'outcome'],
      registers,
    });
    this.#omitted = new Counter({
      name: 'earshot_evidence_omitted_total',
      help: 'Entries and samples that calls were over their limit with, or that were thrown away',
      labelNames: ['kind'],
      registers,
    });
    this.#ticks = new Histogram({
      name: 'earshot_diagnosis_tick_seconds',
      help: 'One round of the diagnosis over all running calls',
      buckets: TICK_BUCKETS,
      registers,
    });
    this.#versions = new BrowserVersions((labels) => {
      for (const outcome of OUTCOMES) this.#browsers.remove({ ...labels, outcome });
    });
    for (const trunk of trunks) for (const outcome of OUTCOMES) this.#byTrunk.inc({ trunk, outcome }, 0);
  }

  verdict(_at: Millis, { type, code, layer, side, weight }: VerdictEvent): void {
    if (type === 'verdict.raised') this.#raised.inc({ code, layer, side, weight });
    else this.#withdrawn.inc({ code, side });
  }

  closed(timeline: CallTimeline, record: CallRecord): void {
    const outcome = outcomeOf(record);
    if (record.cause !== undefined) {
      const { code, layer, side, weight } = record.cause;
      this.#causes.inc({ code, layer, side, weight });
    }
    if (record.answeredAt !== undefined) this.#answered.inc();
    if (record.withoutAudio) this.#silent.inc();
    const setup = setupMs(timeline);
    if (setup !== undefined) this.#setup.observe(setup / 1000);
    const codecs = codecsOf(timeline);
    for (const { leg, mos, scale = 'unknown' } of record.quality) this.#mos.observe({ codec: codecs[leg], scale }, mos);
    for (const { browser } of record.browsers) {
      const labels = this.#versions.labelsOf(browser);
      for (const each of OUTCOMES) this.#browsers.inc({ ...labels, outcome: each }, each === outcome ? 1 : 0);
    }
    if (record.trunk !== undefined) {
      this.#byTrunk.inc({ trunk: this.#trunks.has(record.trunk) ? record.trunk : OTHER, outcome });
    }
    if (timeline.omitted > 0) this.#omitted.inc({ kind: 'entries' }, timeline.omitted);
    if (timeline.omittedSamples > 0) this.#omitted.inc({ kind: 'samples' }, timeline.omittedSamples);
  }

  ticked(tookMs: Millis): void {
    this.#ticks.observe(tookMs / 1000);
  }
}
