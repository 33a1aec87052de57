import { type CallState, fault, type Millis } from '@earshot/base';
import type { MediaEvent } from '../media.js';
import { BrowserLeg } from './browser-leg.js';
import type { CallInput, CallOptions, CallOutput } from './call-io.js';
import { Dialog, type InputOf } from './dialog.js';
import { endCall } from './end-call.js';
import { expire } from './expiry.js';
import { isHold } from './hops.js';
import type { Leg } from './leg.js';
import type { Party } from './party.js';
import { awaitReach } from './reach-watch.js';
import { callPhone, rejoin, takePhone } from './replacement.js';
import { begin, inviteWhenReady, takeAnswer, takeProgress } from './setup.js';

type LegInput = Exclude<CallInput, { readonly type: 'start' | 'timeout' | 'local.candidates' }>;

/**
 * A call of two interchangeable legs (a back-to-back user agent, RFC 7092). The states are drawn in states.ts.
 * It ends once; from then on every input is ignored. Whoever ends it, each leg that is still there is told, and each
 * media leg that was opened is closed.
 */
export class Call {
  readonly id: string;
  readonly #options: CallOptions;
  #dialog: Dialog | undefined;

  constructor(options: CallOptions) {
    this.id = options.callId;
    this.#options = options;
  }

  get state(): CallState {
    return this.#dialog?.state ?? 'new';
  }

  /** When `timeout` is due, in ms; undefined while nothing is. */
  get nextTimeout(): Millis | undefined {
    return this.#dialog?.deadlines.next;
  }

  /** Takes one input and returns what follows from it, in order. Inputs that do not fit the state change nothing. */
  handle(input: CallInput): CallOutput[] {
    if (this.#dialog === undefined) {
      if (input.type !== 'start') return [];
      this.#dialog = new Dialog(this.#options, input);
      begin(this.#dialog);
    } else if (input.type !== 'start' && this.state !== 'ended') {
      dispatch(this.#dialog, input);
    }
    return this.#dialog.takeOutputs();
  }
}

function dispatch(dialog: Dialog, input: Exclude<CallInput, { readonly type: 'start' }>): void {
  if (input.type === 'timeout') {
    expire(dialog, input.now);
    return;
  }
  if (input.type === 'local.candidates') {
    dialog.relocate(input.candidates);
    return;
  }
  const legId = input.type === 'media' ? input.event.legId : input.legId;
  if (dialog.phone.isOf(legId)) {
    dispatchToPhone(dialog, input);
    return;
  }
  const party = dialog.partyOf(legId);
  if (party !== undefined) dispatchToParty(dialog, party, input);
}

/** A phone that is being called is no party yet: what else there is to say of a leg does not concern it. */
function dispatchToPhone(dialog: Dialog, input: LegInput): void {
  switch (input.type) {
    case 'media':
    case 'leg.progress':
    case 'leg.answered':
    case 'leg.failed':
    case 'leg.ended':
      takePhone(dialog, input);
  }
}

function dispatchToParty(dialog: Dialog, party: Party, input: LegInput): void {
  switch (input.type) {
    case 'media':
      takeMediaEvent(dialog, party, input.event, input.now);
      break;
    case 'leg.progress':
      takeProgress(dialog, party, input);
      break;
    case 'leg.answered':
      takeAnswer(dialog, party, input);
      break;
    case 'leg.failed':
      party.gone = true;
      endCall(dialog, party.side, input.fault, input.status);
      break;
    case 'leg.ended':
      party.gone = true;
      endCall(dialog, party.side, input.fault);
      break;
    case 'leg.description':
      takeDescription(dialog, party, input);
      break;
    case 'leg.restarted':
      takeRestart(dialog, party, input);
      break;
    case 'leg.receiving':
      if (party.leg.kind === 'browser') dialog.hops.confirm(`${party.side}-hears`);
      dialog.settle();
      break;
    case 'leg.gathered':
      party.reach.gathered(input.candidate);
      break;
    case 'leg.connection':
      takeConnection(dialog, party, input);
      break;
    case 'leg.unheard':
      dialog.away.unheard(party, input.since);
      break;
    case 'leg.heard':
      hear(dialog, party, input.now);
      break;
    case 'leg.rejoin':
      rejoin(dialog, party, input);
      break;
    case 'leg.callback':
      callPhone(dialog, party, input);
      break;
  }
}

function takeMediaEvent(dialog: Dialog, party: Party, event: MediaEvent, now: Millis): void {
  const { side, leg } = party;
  switch (event.type) {
    case 'rtp.opened':
      leg.opened(event.local);
      inviteWhenReady(dialog);
      break;
    case 'leg.ice':
      party.reach.take(now, event);
      dialog.away.path(party, now);
      dialog.settle();
      break;
    case 'leg.dtls':
      party.reach.take(now, event);
      if (event.state === 'connected') offerSpare(dialog, leg);
      dialog.settle();
      break;
    case 'leg.check':
    case 'leg.flight':
    case 'leg.partial_flight':
      party.reach.take(now, event);
      break;
    case 'leg.received':
      dialog.hops.confirm(`${side}-sends`);
      hear(dialog, party, now);
      dialog.settle();
      break;
    case 'leg.delivered':
      if (event.evidence === 'denied') dialog.hops.revoke(`${side}-hears`);
      // Browsers always speak RTCP, so that nothing needs to be presumed of them.
      else if (event.evidence === 'reported' || leg.kind === 'sip') dialog.hops.confirm(`${side}-hears`);
      dialog.settle();
      break;
    case 'leg.dtmf': {
      const other = dialog.otherThan(party).leg;
      if (other.kind === 'sip') return;
      const { digit, durationMs } = event;
      dialog.say({ type: 'leg.dtmf', legId: other.legId, digit, durationMs });
      return;
    }
    case 'leg.stats':
    case 'leg.moved':
    case 'leg.stalled':
      break;
    case 'leg.failed':
      endCall(dialog, 'gateway', event.fault);
      break;
  }
}

function takeDescription(dialog: Dialog, party: Party, { sdp, now, abandons }: InputOf<'leg.description'>): void {
  const { side, leg } = party;
  const described = dialog.negotiation.redescribe(leg, sdp, abandons);
  if (!described.ok) {
    dialog.say({ type: 'leg.refuse', legId: leg.legId, fault: described.error });
    return;
  }
  dialog.command(described.value.commands);
  dialog.say({ type: 'leg.describe', legId: leg.legId, sdp: described.value.sdp });
  offerSpare(dialog, leg);
  if (described.value.moved) dialog.hops.forget(side);
  party.isHeld = leg.kind === 'sip' && isHold(leg.media?.direction);
  awaitReach(party, dialog.deadlines, now);
  dialog.settle();
}

function takeRestart(dialog: Dialog, { leg }: Party, { sdp }: InputOf<'leg.restarted'>): void {
  if (!(leg instanceof BrowserLeg)) return;
  const restarted = leg.restarted(sdp);
  if (restarted.ok) dialog.command(restarted.value);
  else dialog.say({ type: 'leg.refuse', legId: leg.legId, fault: restarted.error });
  offerSpare(dialog, leg);
}

/** A browser whose path breaks can then restart at once, also while it cannot reach us by signalling. */
function offerSpare(dialog: Dialog, leg: Leg): void {
  if (!(leg instanceof BrowserLeg)) return;
  const spare = leg.spare();
  if (spare === undefined) return;
  dialog.command([spare.command]);
  dialog.say({ type: 'leg.spare', legId: leg.legId, ice: spare.ice });
}

function takeConnection(dialog: Dialog, party: Party, input: InputOf<'leg.connection'>): void {
  const { state, now, since, byWish } = input;
  if (state !== 'gone') {
    dialog.away.connection(party, state, now, since);
    return;
  }
  party.gone = true;
  // A phone that rings may still take its place, unless the page said that it wants no more of it.
  if (dialog.phone.isCalledFor(party) && byWish !== true) dialog.phone.postpone(`signalling-${party.side}`);
  else endCall(dialog, party.side, fault('signaling.client_gone'));
}

function hear(dialog: Dialog, party: Party, now: Millis): void {
  dialog.away.heard(party);
  // Whose session is over cannot go on with the call, heard or not.
  if (!dialog.phone.isCalledFor(party) || party.gone) return;
  dialog.say(...dialog.phone.cancel(now + dialog.away.graceMs));
}
