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
 *    confirmed        |        connected
 *                     |          |    ^
 *    ICE consent lost |          v    | path regained (back to `answered` where a hop is still missing)
 *                     |       reconnecting
 *                     v             v
 *                    ended <-- every state but `new`
 *
 * `answered -> answered` is a change of what is waited for, `reconnecting -> reconnecting` of whose path is lost.
 */
export const TRANSITIONS = {
  new: ['routing'],
  routing: ['ringing', 'early', 'answered', 'ended'],
  ringing: ['early', 'answered', 'ended'],
  early: ['answered', 'ended'],
  answered: ['answered', 'connected', 'reconnecting', 'ended'],
  connected: ['answered', 'reconnecting', 'ended'],
  reconnecting: ['reconnecting', 'answered', 'connected', 'ended'],
  ended: [],
} as const satisfies Partial<Record<CallState, readonly CallState[]>>;
