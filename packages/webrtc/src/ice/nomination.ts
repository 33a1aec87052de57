import type { CandidatePair } from './generation.js';

/**
 * How long (ms) a nomination holds against one of an older generation or of lower priority. An aggressive peer
 * nominates every pair within one volley and means the highest (RFC 5245 section 8.1.1.2); a regular one repeats
 * USE-CANDIDATE only on the pair it means, so once the old pair has gone without for this long, the newer nomination
 * is a change of mind.
 *
 * An older generation is no mistake either: Chromium checks from its new ports with the credentials it had before the
 * answer to its restart, and keeps those pairs.
 */
const NOMINATION_HOLDS_MS = 1000;

/** Whether a pair that has just been nominated takes the place of the selected one (RFC 8445 section 7.3.2). */
export function takesOver(now: number, nominated: CandidatePair, selected: CandidatePair | undefined): boolean {
  if (selected === undefined) return true;
  if (nominated === selected) return false;
  const newer = nominated.generation.index - selected.generation.index;
  if (newer > 0 || (newer === 0 && !isBelow(nominated, selected))) return true;
  return now >= (selected.nominatedAt ?? 0) + NOMINATION_HOLDS_MS;
}

/** By pair priority (RFC 8445 section 6.1.2.3): the lesser of the two candidates' priorities, then the greater. */
function isBelow(one: CandidatePair, other: CandidatePair): boolean {
  const less = Math.min(one.priority, one.local.priority) - Math.min(other.priority, other.local.priority);
  if (less !== 0) return less < 0;
  return Math.max(one.priority, one.local.priority) < Math.max(other.priority, other.local.priority);
}
