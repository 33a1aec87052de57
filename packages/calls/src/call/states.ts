import type { CallState } from '@earshot/base';

/**
 * The states of a call. One drawing, one table:
 *
 *          start        180            183 with SDP
 *   new ---------> routing ----> ringing ----> early
 *                     |  \__________|____________/|
 *                     |             | answered    |
 *                     |             v             |
 *                     |         answered <--------'      answered, waiting for audio
 *                     |          |    ^
 *    all four hops    |          v    | a remote denies it receives, or its address moved
 *    confirmed        |        connected <-------> held      a phone holds, and resumes
 *                     |          |    ^             ^
 *    ICE consent lost,|          v    |             |        path regained, heard on the new leg (back to
 *    leg replaced     |       reconnecting <--------+        `answered` where a hop is still missing)
 *                     v             v
 *                    ended <-- every state but `new`
 *
 * `answered -> answered` is a change of what is waited for, `reconnecting -> reconnecting` of whose path is lost,
 * `held -> held` of who holds. An answered call can be held before it was connected, and a held one be resumed to `answered`.
 */
export const TRANSITIONS = {
  new: ['routing'],
  routing: ['ringing', 'early', 'answered', 'ended'],
  ringing: ['early', 'answered', 'ended'],
  early: ['answered', 'ended'],
  answered: ['answered', 'connected', 'held', 'reconnecting', 'ended'],
  connected: ['answered', 'held', 'reconnecting', 'ended'],
  held: ['held', 'answered', 'connected', 'reconnecting', 'ended'],
  reconnecting: ['reconnecting', 'answered', 'connected', 'held', 'ended'],
  ended: [],
} as const satisfies Partial<Record<CallState, readonly CallState[]>>;
