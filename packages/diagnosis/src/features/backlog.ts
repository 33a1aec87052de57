import type { Kept } from './window.js';

/** What one end counted in an interval: packets that it sent, or all that came or are known not to come any more. */
export interface Counted {
  readonly ms: number;
  readonly packets: number;
}

/** What had left and was neither there nor lost, at the end of an interval of the receiver's. In packets. */
export interface Backlog {
  readonly ms: number;
  readonly waiting: number;
  /** How many more wait than at the beginning of the interval; fewer where it is negative. */
  readonly grown: number;
  /** What came in the interval, lost packets included. */
  readonly came: number;
}

/** How far apart two samples of one source may be that follow each other, in ms. */
const SEAM_MS = 300;

/**
 * Packets that wait in a queue on the way: what one end sent, less what the other received or knows to be lost. Next to
 * nothing where packets are only lost, since the next one that comes shows the gap. Counted from the oldest interval that
 * both ends know, oldest first.
 */
export function backlogOf(sent: readonly Kept<Counted>[], came: readonly Kept<Counted>[]): readonly Kept<Backlog>[] {
  const found: Kept<Backlog>[] = [];
  let waiting = 0;
  let before: number | undefined;
  for (const { at, index, figures } of came) {
    const from = at - figures.ms;
    const left = sentBetween(sent, from, at);
    if (left === undefined) continue;
    // After a hole in what is known the count begins anew.
    if (before !== undefined && from - before > SEAM_MS) waiting = 0;
    before = at;
    const grown = left - figures.packets;
    waiting = Math.max(0, waiting + grown);
    found.push({ at, index, figures: { ms: figures.ms, waiting, grown, came: figures.packets } });
  }
  return found;
}

/** Packets that were sent in a time, as if each interval had sent evenly; undefined where not all of it is known. */
function sentBetween(sent: readonly Kept<Counted>[], from: number, to: number): number | undefined {
  let packets = 0;
  let covered = 0;
  for (const { at, figures } of sent) {
    const shared = Math.min(at, to) - Math.max(at - figures.ms, from);
    if (shared <= 0 || figures.ms <= 0) continue;
    covered += shared;
    packets += (figures.packets * shared) / figures.ms;
  }
  return covered < to - from - SEAM_MS ? undefined : packets;
}
