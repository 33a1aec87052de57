import type { CallState } from '@earshot/base';
import type { OngoingCall } from '@earshot/signaling';

/** States in which somebody has yet to answer. */
export const UNANSWERED: ReadonlySet<CallState> = new Set(['new', 'routing', 'ringing', 'early']);

/**
 * What becomes of a call of the page before. `rings`: it is to be accepted as any other. `cancelled`: nobody answered
 * yet, and nobody waits for it any more; that page could not say so.
 */
export function fateOf({ direction, state, sdp }: OngoingCall): 'rings' | 'goes_on' | 'cancelled' {
  if (sdp !== undefined) return 'rings';
  return direction === 'outgoing' && UNANSWERED.has(state) ? 'cancelled' : 'goes_on';
}
