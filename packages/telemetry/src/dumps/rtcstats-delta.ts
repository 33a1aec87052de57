import type { StatsObject } from '../stats.js';
import { STATS_MEMBERS, STATS_TYPES } from './rtcstats-names.js';
import { LIMITS } from './trace.js';
import { type Fields, isFields, numberOf } from './values.js';

/** The last report of a connection, by id. */
export type StatsState = ReadonlyMap<string, StatsObject>;

/**
 * The report that a `getStats` line stands for: what changed since the one before, for each object. A name may be a
 * number; null says that an object is gone; the time that most objects share stands once, as `t` or `timestamp`. The
 * format before that (`getstats`) writes a time of 0 where it is the shared one. A line with all members of all objects,
 * as Chromium writes it, is the same with nothing left out.
 */
export function nextReport(before: StatsState, delta: Fields): StatsState {
  const after = new Map<string, StatsObject>(before);
  const shared = numberOf(delta.t) ?? numberOf(delta.timestamp);
  const time = shared === undefined ? {} : { timestamp: shared };
  // What did not change was still looked at.
  if (shared !== undefined) for (const [id, stats] of after) after.set(id, { ...stats, timestamp: shared });
  for (const [id, value] of Object.entries(delta)) {
    if (value === null) after.delete(id);
    if (!isFields(value) || (!after.has(id) && after.size >= LIMITS.objectsOfReport)) continue;
    const changed: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value)) changed[STATS_MEMBERS[key] ?? key] = member;
    if (changed.timestamp === 0) delete changed.timestamp;
    const type = typeof changed.type === 'number' ? { type: STATS_TYPES[changed.type] } : {};
    after.set(id, { ...before.get(id), ...time, ...changed, ...type, id });
  }
  return after;
}

/** Splits an SDP text as rtcstats does: the session, then one part for each `m=`. */
const sections = (sdp: string): string[] =>
  sdp.split('\nm=').map((part, index) => (index > 0 ? `m=${part}` : part).trim());

/** The SDP text that a shortened one stands for: a part of only `v=` or `m=` is as it was in `before`. */
export function restoreSdp(before: string | undefined, sdp: string): string {
  if (before === undefined || !/^(v=|m=)\s*$/m.test(sdp)) return sdp;
  const earlier = sections(before);
  return `${sections(sdp)
    .map((section, index) => (section === (index === 0 ? 'v=' : 'm=') ? (earlier[index] ?? section) : section))
    .join('\r\n')}\r\n`;
}
