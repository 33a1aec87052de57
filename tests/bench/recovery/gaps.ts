import type { HeardPacket } from '../../faults/peer/sip-peer.js';

/** A stretch of sound: when it was heard (ms since 1970), how long it lasts (ms), whether it was the tone. */
export interface Stretch {
  readonly at: number;
  readonly ms: number;
  readonly isTone: boolean;
}

export interface Absence {
  /** The longest time without the tone, ms. */
  readonly longestMs: number;
  /** All of it. */
  readonly totalMs: number;
}

/** How long a phone lets packets wait, ms, so that those that are late by less are played in time. */
export const PLAYOUT_MS = 60;
/** Over so many packets is the earliest looked for: what comes in time is measured by it. */
const REFERENCE_PACKETS = 250;
/** More than this between timestamp and arrival is another clock, not delay. */
const RESTAMPED_MS = 2000;

/**
 * When each packet is heard of a phone with a fixed jitter buffer: by its timestamp, as long as it came before its turn.
 * Without one every unevenness of a busy machine would be a gap that nobody hears.
 */
export function playedOut(packets: readonly HeardPacket[]): readonly Stretch[] {
  let waits: number[] = [];
  const played = packets.map(([at, stamp, ms, isTone]) => {
    const wait = at - stamp;
    const last = waits.at(-1);
    if (last !== undefined && Math.abs(wait - last) > RESTAMPED_MS) waits = [];
    waits.push(wait);
    if (waits.length > REFERENCE_PACKETS) waits.shift();
    return { at: Math.max(at, stamp + Math.min(...waits) + PLAYOUT_MS), ms, isTone: isTone === 1 };
  });
  return played.sort((one, other) => one.at - other.at);
}

/**
 * How long the tone was away between two moments. A stretch sounds for as long as it lasts from when it came: what comes
 * later than that is a gap, whatever other sound filled it.
 */
export function absence(heard: readonly Stretch[], from: number, to: number): Absence {
  let until = from;
  let longestMs = 0;
  let totalMs = 0;
  const gap = (end: number): void => {
    const ms = Math.max(0, end - until);
    longestMs = Math.max(longestMs, ms);
    totalMs += ms;
  };
  for (const { at, ms, isTone } of heard) {
    if (!isTone || at + ms <= from || at >= to) continue;
    gap(at);
    until = Math.max(until, at + ms);
  }
  gap(to);
  return { longestMs, totalMs };
}

/** What a decoder made up between two moments, by what it had made up so far at some: what grows on is one stretch. */
export function madeUp(looks: readonly (readonly [at: number, ms: number])[], from: number, to: number): Absence {
  let longestMs = 0;
  let totalMs = 0;
  let stretch = 0;
  let last: number | undefined;
  for (const [at, ms] of looks) {
    if (at > to) break;
    const more = last === undefined || at < from ? 0 : ms - last;
    last = ms;
    stretch = more > 0 ? stretch + more : 0;
    longestMs = Math.max(longestMs, stretch);
    totalMs += more;
  }
  return { longestMs, totalMs };
}
