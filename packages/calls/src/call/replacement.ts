import { err, fault, type Millis, ok, type Result } from '@earshot/base';
import type { MediaCommand } from '../media.js';
import type { PhoneInput } from './call-back.js';
import type { CallOutput } from './call-io.js';
import type { Dialog, InputOf } from './dialog.js';
import type { Leg } from './leg.js';
import type { Party } from './party.js';
import { awaitReach } from './reach-watch.js';

/** A page that was loaded anew takes its place again. */
export function rejoin(dialog: Dialog, party: Party, { newLegId, sdp, now }: InputOf<'leg.rejoin'>): void {
  const rejoined = answerRejoin(dialog, party, newLegId, sdp);
  if (!rejoined.ok) {
    dialog.say({ type: 'leg.refuse', legId: party.leg.legId, fault: rejoined.error });
    return;
  }
  const { leg, commands, answer } = rejoined.value;
  replace(dialog, party, leg, 'rejoined', commands, now);
  dialog.say({ type: 'leg.describe', legId: newLegId, sdp: answer });
  awaitReach(party, dialog.deadlines, now);
  dialog.settle();
}

/** A called browser that has not answered yet has nothing to come back to: it takes the call as any other. */
function answerRejoin(
  dialog: Dialog,
  party: Party,
  newLegId: string,
  sdp: string,
): Result<{ readonly leg: Leg; readonly commands: readonly MediaCommand[]; readonly answer: string }> {
  if (party.leg.kind !== 'browser' || party.leg.media === undefined || dialog.hasHad(newLegId)) {
    return err(fault('call.wrong_state', 'there is no leg to take the place of'));
  }
  const leg = dialog.makeLeg({ kind: 'browser', legId: newLegId });
  const answered = dialog.negotiation.rejoin(party, leg, dialog.options.callId, sdp);
  if (!answered.ok) return answered;
  return ok({ leg, commands: answered.value.commands, answer: answered.value.sdp });
}

/** The user of a browser is called on a phone. */
export function callPhone(dialog: Dialog, party: Party, { phone, asked, now, legId }: InputOf<'leg.callback'>): void {
  if (!dialog.answered || party.leg.kind !== 'browser' || dialog.phone.isBusy || dialog.hasHad(phone.legId)) {
    if (asked) dialog.say({ type: 'leg.refuse', legId, fault: fault('call.wrong_state') });
    return;
  }
  const { legId: phoneId, advertisedAddress } = phone;
  const local = advertisedAddress === undefined ? {} : { sipAdvertisedAddress: advertisedAddress };
  const leg = dialog.makeLeg({ kind: 'sip', legId: phoneId }, local);
  const far = dialog.otherThan(party).leg;
  const begun = dialog.phone.begin(dialog.options.callId, now, { party, leg, far, phone, asked });
  if (begun.ok) dialog.say(...begun.value);
  else if (asked) dialog.say({ type: 'leg.refuse', legId, fault: begun.error });
}

/** Something happened at that phone; when it answers, it takes the place of the browser. */
export function takePhone(dialog: Dialog, input: PhoneInput): void {
  const { outputs, joined } = dialog.phone.take(input);
  dialog.say(...outputs);
  if (joined === undefined) return;
  const { party, leg, commands } = joined;
  const bridge = dialog.negotiation.bridgeAnew(party, leg);
  replace(dialog, party, leg, 'moved_to_phone', [...commands, ...bridge], input.now);
  dialog.settle();
}

function replace(
  dialog: Dialog,
  party: Party,
  leg: Leg,
  reason: Extract<CallOutput, { readonly type: 'leg.replaced' }>['reason'],
  commands: readonly MediaCommand[],
  now: Millis,
): void {
  const { legId } = party.leg;
  dialog.say({ type: 'leg.replaced', legId, newLegId: leg.legId, reason });
  dialog.command(commands);
  dialog.command([{ type: 'close', legId }]);
  party.replace(leg);
  dialog.hops.forget(party.side);
  dialog.away.replaced(party, now);
  dialog.phone.forgetPostponed();
}
