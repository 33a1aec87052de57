import type { Millis } from '@earshot/base';
import { type BrowserFigures, type BrowserSample, figuresBetween } from '@earshot/telemetry';
import type { StatsReport } from '../browser.js';
import type { MediaFigures } from '../media/stats.js';
import { optional, printable } from './printable.js';

const LIVELY_MS = 1_000;
const CALM_MS = 2_000;
/** How long a call is watched closely after it began, and after something was off. */
const BEGINS_MS = 30_000;
const UNREST_MS = 10_000;
/** Reports come twice a second, a little late or early. */
const TOLERANCE_MS = 80;

/** Figures that are not sent where they are 0: counts of what went wrong, and it did not. */
const ZERO_IS_ABSENT: ReadonlySet<string> = new Set<keyof BrowserFigures>([
  'packetsDiscarded',
  'silentConcealedSamples',
  'concealmentEvents',
  'remotePacketsLost',
  'synthesizedSeconds',
]);

/** Energy of a second: that of a quiet room is more, that of a microphone that hears nothing about 1e-9. */
const SILENCE = 1e-8;

export interface Circumstances {
  /** Of the connection. */
  readonly state: RTCPeerConnectionState;
  readonly hidden: boolean;
  /** How much later than planned the report was asked for. */
  readonly lateMs: Millis;
}

/** Makes samples of the reports that the monitor has anyway: every second, or every other while all is calm. */
export class Sampler {
  #before: StatsReport | undefined;
  #takenAt: Millis | undefined;
  #livelyUntil = 0;
  #lateMs = 0;
  #bytes = -1;
  #lost = 0;

  /** Something changed: it is looked at closely for a while. */
  disturb(now: Millis): void {
    this.#livelyUntil = Math.max(this.#livelyUntil, now + UNREST_MS);
  }

  /** A sample, where one is due; `last`: whether it is or not. */
  take(now: Millis, report: StatsReport, seen: MediaFigures, around: Circumstances, last = false) {
    this.#lateMs = Math.max(this.#lateMs, around.lateMs);
    if (this.#takenAt === undefined) this.#livelyUntil = now + BEGINS_MS;
    if (around.state !== 'connected' || seen.bytesReceived === this.#bytes || seen.packetsLost > this.#lost)
      this.disturb(now);
    this.#bytes = seen.bytesReceived;
    this.#lost = seen.packetsLost;
    const pace = now < this.#livelyUntil ? LIVELY_MS : CALM_MS;
    if (!last && now - (this.#takenAt ?? -Infinity) < pace - TOLERANCE_MS) return undefined;
    return this.#measure(now, report, around);
  }

  #measure(now: Millis, report: StatsReport, { hidden }: Circumstances): Omit<BrowserSample, 'atMs'> {
    const figures = figuresBetween(this.#before, report);
    const passed = this.#takenAt === undefined ? 0 : Math.max(0, now - this.#takenAt);
    if (isOff(figures)) this.disturb(now);
    const sample = compact(figures);
    // Not every browser dates its reports.
    if (!(figures.ms > 0)) sample.ms = passed;
    if (hidden) sample.hidden = true;
    if (this.#lateMs >= 50) sample.lateMs = Math.round(this.#lateMs);
    this.#before = report;
    this.#takenAt = now;
    this.#lateMs = 0;
    return sample as unknown as Omit<BrowserSample, 'atMs'>;
  }
}

/** Not as a call that is heard both ways. */
const isOff = (figures: BrowserFigures): boolean =>
  figures.packetsReceived === 0 ||
  (figures.packetsLost ?? 0) > 0 ||
  (figures.concealedSamples ?? 0) > (figures.silentConcealedSamples ?? 0) ||
  figures.remoteEnergy === 0 ||
  (figures.micEnergy ?? 0) < SILENCE;

/** The figures with as many digits as matter. Energies of silence are tiny, and not nothing. */
function compact(figures: BrowserFigures): Record<string, unknown> {
  const sample: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value !== 'number') Object.assign(sample, optional(name, printable(value, 32)));
    else if (Number.isFinite(value) && (value !== 0 || !ZERO_IS_ABSENT.has(name))) sample[name] = round(name, value);
  }
  return sample;
}

function round(name: string, value: number): number {
  if (name.endsWith('Energy')) return Number(value.toPrecision(4));
  if (name.endsWith('Bitrate')) return Number(value.toPrecision(3));
  const unit = name.endsWith('Seconds') ? 1_000 : 10;
  return Math.round(value * unit) / unit;
}
