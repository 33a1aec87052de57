import type { Millis } from '@earshot/base';
import type { BrowserFigures, LegFigures } from '@earshot/telemetry';
import { type Kept, type SampleWindow, total } from './window.js';

/**
 * What became of the packets of one direction in an interval, whoever counted them. `late`: arrived too late to be
 * played, as only the receiver can say. Counts; delays in ms.
 */
export interface Passage {
  readonly ms: number;
  readonly received: number;
  /** Negative where packets came after all that had counted as lost. */
  readonly lost: number;
  readonly late: number;
  readonly jitterMs: number | undefined;
  /** How long packets waited to be played, where somebody plays them. */
  readonly bufferMs: number | undefined;
  /** Packets in the longest run of losses, where that was counted. */
  readonly longestLoss: number | undefined;
  readonly lossRuns: number | undefined;
  /** Share of what was played that was made up and could be heard, 0 to 1; undefined where nobody listened. */
  readonly concealed: number | undefined;
}

/** From the gateway to a browser: inbound-rtp of its statistics. */
export const downPassage = (figures: BrowserFigures): Passage => {
  const played = figures.samplesReceived ?? 0;
  const made = (figures.concealedSamples ?? 0) - (figures.silentConcealedSamples ?? 0);
  // Chromium counts an event where it begins: what goes on from the interval before is one more. At 48 kHz, 20 ms are 960.
  const concealed = figures.concealedSamples ?? 0;
  const events = concealed > 0 ? Math.max(1, figures.concealmentEvents ?? 1) : undefined;
  const mean = events === undefined ? undefined : concealed / events / 960;
  return {
    ms: figures.ms,
    received: figures.packetsReceived ?? 0,
    lost: figures.packetsLost ?? 0,
    late: lateOf(figures),
    jitterMs: figures.jitterMs,
    bufferMs: figures.jitterBufferMs,
    longestLoss: mean,
    lossRuns: events,
    concealed: played > 0 ? Math.max(0, made) / played : undefined,
  };
};

/**
 * Packets that came too late to be played. Chromium counts a second copy (RFC 2198) of what it played among those that it
 * discarded; but what is late leaves a hole, of 20 ms at least.
 */
const lateOf = ({ packetsDiscarded = 0, concealedSamples }: BrowserFigures): number =>
  concealedSamples === undefined ? packetsDiscarded : Math.min(packetsDiscarded, Math.floor(concealedSamples / 960));

/** From a leg's remote to the gateway. */
export const upPassage = (figures: LegFigures): Passage => ({
  ms: figures.ms,
  received: figures.packetsReceived,
  lost: figures.packetsLost,
  late: 0,
  jitterMs: figures.jitterMs,
  bufferMs: undefined,
  longestLoss: figures.longestLoss,
  lossRuns: figures.lossRuns,
  concealed: undefined,
});

/** Share of packets that were lost in these intervals, 0 to 1. */
export function lossOf(kept: readonly Kept<Passage>[]): number {
  const lost = Math.max(
    0,
    total(kept, (passage) => passage.lost),
  );
  const received = total(kept, (passage) => passage.received);
  return lost + received === 0 ? 0 : lost / (lost + received);
}

/** The same of one interval. */
export const lossIn = ({ lost, received }: Passage): number => (lost <= 0 ? 0 : lost / (lost + received));

/** Share of an interval that came too late, 0 to 1. */
export const lateIn = ({ late, received }: Passage): number => (received === 0 ? 0 : late / received);

/** Whether losses come in runs: their mean length in packets is four or more (80 ms and up: a syllable). */
export function isBursty(kept: readonly Kept<Passage>[]): boolean {
  let lost = 0;
  let runs = 0;
  for (const { figures } of kept) {
    const { lost: here, lossRuns, longestLoss } = figures;
    if (here <= 0) continue;
    lost += here;
    // Without a count of runs, a sample that lost a lot in one go counts as one.
    runs += lossRuns ?? (longestLoss === undefined ? here : here / longestLoss);
  }
  return lost >= 8 && lost / Math.max(1, runs) >= 4;
}

/** How much loss is audible: Opus conceals and repairs more than G.711 (share of packets). */
export const lossLimit = (codec: string | undefined): number => (/opus/i.test(codec ?? 'opus') ? 0.04 : 0.01);

/** The different round trips of the window, oldest first: reports repeat the last one until a new one comes. */
export function differentTrips(window: SampleWindow<Trip>): readonly number[] {
  const values: number[] = [];
  for (const { figures } of window.all) {
    if (figures.trip !== values[values.length - 1]) values.push(figures.trip);
  }
  return values;
}

/** A round trip as it was known at the end of an interval, in ms. */
export interface Trip {
  readonly ms: number;
  readonly trip: number;
}

/** One measurement of a round trip, whoever made it. */
interface Measured {
  readonly at: Millis;
  readonly trip: number;
}

/** Checks and reports come every 2.5 s or so, each: two of them within this time. */
const CONFIRMED_MS = 6_000;
const MEASURED = 6;

/** How long a measurement is as good as a newer one, in ms. */
const FRESH_MS = 3_000;

/**
 * The round trip of a browser, measured by checks every few seconds and by RTCP reports as often: the newer one, or the
 * lower one of two that are both fresh, since a busy machine only ever adds to it.
 */
export class RoundTrip {
  #pair: { readonly at: Millis; readonly trip: number } | undefined;
  #report: { readonly at: Millis; readonly trip: number } | undefined;
  #measured: readonly Measured[] = [];
  #confirmed: readonly Measured[] | undefined;

  /** Two fresh measurements, of different parties or one after the other, that are longer than this. */
  confirmed(longerThan: number, now: Millis): readonly Measured[] | undefined {
    const newest = this.#measured.slice(-2);
    const long = newest.filter(({ trip }) => trip > longerThan);
    const [first] = newest;
    if (long.length === 2 && first !== undefined && now - first.at < CONFIRMED_MS) this.#confirmed ??= newest;
    if (long.length === 0) this.#confirmed = undefined;
    return this.#confirmed;
  }

  /** What the gateway measured by the browser's reports. */
  takeReported(at: Millis, trip: number | undefined): void {
    if (trip !== undefined && trip !== this.#reported) this.#measure(at, trip);
    this.#reported = trip;
  }

  #reported: number | undefined;

  #measure(at: Millis, trip: number): void {
    this.#measured = [...this.#measured, { at, trip }].sort((a, b) => a.at - b.at).slice(-MEASURED);
  }

  take(at: Millis, { pairRoundTripMs, roundTripMs, checksAnswered }: BrowserFigures): number | undefined {
    // What began while a report was under way is half in it; checks are quick.
    if (roundTripMs !== undefined && roundTripMs !== this.#report?.trip) {
      this.#report = { at, trip: roundTripMs };
      this.#measure(at, roundTripMs);
    }
    if (pairRoundTripMs !== undefined && (pairRoundTripMs !== this.#pair?.trip || (checksAnswered ?? 0) > 0)) {
      if (pairRoundTripMs !== this.#pair?.trip) this.#measure(at, pairRoundTripMs);
      this.#pair = { at, trip: pairRoundTripMs };
    }
    const [pair, report] = [this.#pair, this.#report];
    if (pair === undefined || report === undefined) return (pair ?? report)?.trip;
    if (at - pair.at < FRESH_MS && at - report.at < FRESH_MS) return Math.min(pair.trip, report.trip);
    return pair.at >= report.at ? pair.trip : report.trip;
  }
}
