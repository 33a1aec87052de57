import type { Dialog, InputOf } from './dialog.js';
import { endCall } from './end-call.js';
import type { Party } from './party.js';
import { awaitReach } from './reach-watch.js';

const RING_TIMEOUT_MS = 60_000;
const MEDIA_TIMEOUT_MS = 30_000;
/** A media worker that has not opened a port by then is stuck. */
export const OPEN_TIMEOUT_MS = 5000;

/** Opens both legs, and answers a calling browser. */
export function begin(dialog: Dialog): void {
  const { start, caller, deadlines, negotiation, options } = dialog;
  const { callId, policy } = options;
  dialog.enter({ state: 'routing' });
  const begun = negotiation.begin(callId, start.caller.offerSdp, {
    policy: policy.codec,
    sipOpus: policy.sipOpus ?? false,
  });
  if (!begun.ok) {
    endCall(dialog, 'gateway', begun.error);
    return;
  }
  dialog.mediaOpened = true;
  dialog.command(begun.value.commands);
  if (begun.value.callerSdp !== undefined) {
    dialog.say({ type: 'leg.describe', legId: caller.leg.legId, sdp: begun.value.callerSdp });
    awaitReach(caller, deadlines, start.now);
  }
  deadlines.set('open', start.now + OPEN_TIMEOUT_MS);
  deadlines.set('answer', start.now + (policy.ringTimeoutMs ?? RING_TIMEOUT_MS));
  inviteWhenReady(dialog);
}

export function inviteWhenReady(dialog: Dialog): void {
  const { start, callee, deadlines, negotiation } = dialog;
  if (dialog.invited || !negotiation.ready) return;
  dialog.invited = true;
  deadlines.clear('open');
  const { displayName, uri } = start.caller;
  dialog.say({
    type: 'leg.invite',
    legId: callee.leg.legId,
    kind: callee.leg.kind,
    target: start.callee.target,
    sdp: negotiation.inviteCallee(),
    ...(displayName === undefined ? {} : { displayName }),
    ...(uri === undefined ? {} : { uri }),
  });
}

/** Whether an answer of this party, provisional or final, is one that is waited for. */
const isAwaited = ({ invited, answered }: Dialog, { side }: Party): boolean =>
  side === 'callee' && invited && !answered;

export function takeProgress(dialog: Dialog, party: Party, { status, sdp, now }: InputOf<'leg.progress'>): void {
  if (!isAwaited(dialog, party) || status <= 100 || status >= 200) return;
  const { legId, kind } = dialog.caller.leg;
  const joined = sdp === undefined ? undefined : dialog.negotiation.acceptCallee(sdp);
  // Early media that cannot be read is no reason to stop ringing; the final answer decides.
  if (!joined?.ok) {
    if (dialog.state === 'routing') dialog.enter({ state: 'ringing' });
    dialog.say({ type: 'leg.ring', legId, status });
    return;
  }
  dialog.command(joined.value.commands);
  if (joined.value.moved) dialog.hops.forget('callee');
  awaitReach(party, dialog.deadlines, now);
  dialog.enter({ state: 'early' });
  // A calling browser has its answer already.
  const early = kind === 'browser' ? {} : { sdp: joined.value.callerSdp };
  dialog.say({ type: 'leg.ring', legId, status, ...early });
}

export function takeAnswer(dialog: Dialog, party: Party, { sdp, now }: InputOf<'leg.answered'>): void {
  if (!isAwaited(dialog, party)) return;
  const { caller, deadlines, hops, negotiation, options } = dialog;
  const joined = negotiation.acceptCallee(sdp);
  if (!joined.ok) {
    endCall(dialog, 'callee', joined.error);
    return;
  }
  const { commands, callerSdp, moved } = joined.value;
  dialog.answered = true;
  deadlines.clear('answer');
  deadlines.set('media', now + (options.policy.mediaTimeoutMs ?? MEDIA_TIMEOUT_MS));
  dialog.command(commands);
  if (moved) hops.forget('callee');
  if (sdp !== undefined) awaitReach(party, deadlines, now);
  dialog.say({ type: 'leg.answer', legId: caller.leg.legId, sdp: callerSdp });
  dialog.enter({ state: 'answered', waitingFor: hops.missing });
  dialog.settle();
}
