import type { Fault } from '@earshot/base';
import type { Dialog } from './dialog.js';
import { classifyEnding, statusOfFault } from './endings.js';
import type { Side } from './hops.js';
import { reasonOf } from './reach-watch.js';

/**
 * Ends a call: tells each leg that is still there, closes the media that was opened, and waits for nothing any more.
 * `cause`: what was said; undefined for a hang-up. `status`: of the far end, for the caller.
 */
export function endCall(dialog: Dialog, by: Side | 'gateway', cause: Fault | undefined, status?: number): void {
  const { caller, callee, parties, answered, wasConnected, hops } = dialog;
  const reason = reasonOf(cause, by, parties, { answered, wasConnected });
  const because = reason === undefined ? {} : { fault: reason };
  if (!caller.gone) {
    const { legId } = caller.leg;
    if (answered || reason === undefined) dialog.say({ type: 'leg.hangup', legId, ...because });
    else dialog.say({ type: 'leg.reject', legId, fault: reason, status: statusOfFault(reason, status) });
  }
  if (dialog.invited && !callee.gone) dialog.say({ type: 'leg.hangup', legId: callee.leg.legId, ...because });
  dialog.say(...dialog.phone.cancel());
  if (dialog.mediaOpened) dialog.command(parties.map(({ leg }) => ({ type: 'close', legId: leg.legId })));
  dialog.deadlines.clearAll();
  dialog.enter({ state: 'ended' });
  const unheard = answered && hops.missing.length > 0 ? { unheard: hops.missing } : {};
  const ending = classifyEnding({ fault: reason, answered, by });
  dialog.say({ type: 'ended', ...ending, ...because, by, ...unheard });
}
