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
  // Chromium conceals in events; at 48 kHz and 20 ms a packet is 960 samples.
  const events = figures.concealmentEvents;
  const mean = events === undefined || events <= 0 ? undefined : (figures.concealedSamples ?? 0) / events / 960;
  return {
    ms: figures.ms,
    received: figures.packetsReceived ?? 0,
    lost: figures.packetsLost ?? 0,
    late: figures.packetsDiscarded ?? 0,
    jitterMs: figures.jitterMs,
    longestLoss: mean,
    lossRuns: events,
    concealed: played > 0 ? Math.max(0, made) / played : undefined,
  };
};

/** From a leg's remote to the gateway. */
export const upPassage = (figures: LegFigures): Passage => ({
  ms: figures.ms,
  received: figures.packetsReceived,
  lost: figures.packetsLost,
  late: 0,
  jitterMs: figures.jitterMs,
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
export function roundTrips(
  window: SampleWindow<BrowserFigures>,
  pick: (figures: BrowserFigures) => number | undefined,
): readonly number[] {
  const values: number[] = [];
  for (const { figures } of window.all) {
    const value = pick(figures);
    if (value !== undefined && value !== values[values.length - 1]) values.push(value);
  }
  return values;
}
