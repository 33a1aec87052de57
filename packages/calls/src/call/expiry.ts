import { fault, type Millis } from '@earshot/base';
import type { DeadlineName } from './deadlines.js';
import type { Dialog } from './dialog.js';
import { endCall } from './end-call.js';
import { faultOfSilence, withoutAgreedSilence } from './hops.js';
import type { Party } from './party.js';
import { judgeReach } from './reach-watch.js';
import { OPEN_TIMEOUT_MS } from './setup.js';

/** Acts on the deadlines that are due, until one of them ends the call. */
export function expire(dialog: Dialog, now: Millis): void {
  for (const name of dialog.deadlines.takeDue(now)) {
    expireOne(dialog, name, now);
    if (dialog.state === 'ended') return;
  }
}

function expireOne(dialog: Dialog, name: DeadlineName, now: Millis): void {
  const { caller, callee, deadlines, phone } = dialog;
  switch (name) {
    case 'open':
      endCall(dialog, 'gateway', fault('media.worker_failed', `no port within ${OPEN_TIMEOUT_MS} ms`));
      break;
    case 'answer':
      endCall(dialog, 'gateway', fault('call.not_answered'));
      break;
    case 'media':
      endUnlessHeard(dialog);
      break;
    case 'reach-caller':
      dialog.say(...judgeReach(caller, deadlines, now));
      break;
    case 'reach-callee':
      dialog.say(...judgeReach(callee, deadlines, now));
      break;
    case 'callback-caller':
    case 'callback-callee': {
      const party = name.endsWith('caller') ? caller : callee;
      if (!dialog.answered || phone.isBusy || !dialog.away.takeDue(party)) return;
      dialog.say({ type: 'leg.callback_due', legId: party.leg.legId });
      break;
    }
    case 'callback-ring':
      dialog.say(...phone.expire(now));
      break;
    case 'signalling-caller':
    case 'path-caller':
      giveUp(dialog, caller, name);
      break;
    case 'signalling-callee':
    case 'path-callee':
      giveUp(dialog, callee, name);
      break;
  }
}

/** A browser was not back in time. */
function giveUp(dialog: Dialog, party: Party, name: DeadlineName): void {
  const { side } = party;
  const isPath = name.startsWith('path');
  if (dialog.phone.isCalledFor(party)) {
    dialog.phone.postpone(name);
  } else if (isPath && !party.pathLost && party.unreached === undefined) {
    // There is a path, though it was not heard in both directions: that is no reason to hang up.
    dialog.returned(party);
    dialog.settle();
  } else {
    const code = isPath ? 'ice.consent_lost' : 'signaling.client_gone';
    endCall(dialog, side, fault(code, `not back within ${dialog.away.graceMs} ms`, side));
  }
}

function endUnlessHeard(dialog: Dialog): void {
  const { caller, callee, hops } = dialog;
  const missing = withoutAgreedSilence(hops.missing, {
    caller: caller.leg.media?.direction ?? 'sendrecv',
    callee: callee.leg.media?.direction ?? 'sendrecv',
  });
  if (missing.length === 0) return;
  endCall(dialog, 'gateway', caller.unreached ?? callee.unreached ?? faultOfSilence(missing));
}
