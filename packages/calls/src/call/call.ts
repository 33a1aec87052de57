import { type CallState, err, type Fault, fault, type Millis, ok, type Result } from '@earshot/base';
import type { MediaCommand, MediaEvent } from '../media.js';
import { AwayWatch } from './away-watch.js';
import { BrowserLeg } from './browser-leg.js';
import type { CallInput, CallLocal, CallOptions, CallOutput } from './call-io.js';
import { type DeadlineName, Deadlines } from './deadlines.js';
import { classifyEnding, statusOfFault } from './endings.js';
import { Confirmation, faultOfSilence, isHold, type Side, withoutAgreedSilence } from './hops.js';
import type { Leg } from './leg.js';
import { Negotiation } from './negotiation.js';
import { Party } from './party.js';
import { awaitReach, judgeReach, reasonOf } from './reach-watch.js';
import { SipLeg } from './sip-leg.js';
import { UserPhone } from './user-phone.js';

const RING_TIMEOUT_MS = 60_000;
const MEDIA_TIMEOUT_MS = 30_000;
/** A media worker that has not opened a port by then is stuck. */
const OPEN_TIMEOUT_MS = 5000;

type Start = Extract<CallInput, { readonly type: 'start' }>;
type LegInput = Extract<CallInput, { readonly legId: string }>;
type InputOf<T extends LegInput['type']> = Extract<LegInput, { readonly type: T }>;
type StateOutput = Extract<CallOutput, { readonly type: 'state' }>;

/** What exists once a call has started. */
interface Dialog {
  readonly start: Start;
  readonly caller: Party;
  readonly callee: Party;
  readonly negotiation: Negotiation;
}

/**
 * A call of two interchangeable legs (a back-to-back user agent, RFC 7092). The states are drawn in states.ts.
 * It ends once; from then on every input is ignored. Whoever ends it, each leg that is still there is told, and each
 * media leg that was opened is closed.
 */
export class Call {
  readonly id: string;
  readonly #options: CallOptions;
  readonly #hops = new Confirmation();
  readonly #deadlines = new Deadlines();
  readonly #away: AwayWatch;
  readonly #phone: UserPhone;
  #outputs: CallOutput[] = [];
  #current: StateOutput = { type: 'state', state: 'new' };
  #dialog: Dialog | undefined;
  /** What legs to come say of us. */
  #local: CallLocal;
  readonly #legIds = new Set<string>();
  #mediaOpened = false;
  #invited = false;
  #answered = false;
  #wasConnected = false;

  constructor(options: CallOptions) {
    this.id = options.callId;
    this.#options = options;
    this.#local = options.local;
    this.#away = new AwayWatch(this.#deadlines, options.policy);
    this.#phone = new UserPhone(this.#deadlines, options.policy.callBackRingMs);
  }

  get state(): CallState {
    return this.#current.state;
  }

  /** When `timeout` is due, in ms; undefined while nothing is. */
  get nextTimeout(): Millis | undefined {
    return this.#deadlines.next;
  }

  /** Takes one input and returns what follows from it, in order. Inputs that do not fit the state change nothing. */
  handle(input: CallInput): CallOutput[] {
    if (input.type === 'start') {
      if (this.state === 'new') this.#start(input);
    } else if (this.#dialog !== undefined && this.state !== 'ended') {
      this.#dispatch(this.#dialog, input);
    }
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  #dispatch(dialog: Dialog, input: Exclude<CallInput, Start>): void {
    if (input.type === 'timeout') {
      this.#expire(dialog, input.now);
      return;
    }
    if (input.type === 'local.candidates') {
      this.#local = { ...this.#local, candidates: input.candidates };
      for (const { leg } of [dialog.caller, dialog.callee]) leg.relocate(input.candidates);
      return;
    }
    const legId = input.type === 'media' ? input.event.legId : input.legId;
    if (this.#phone.isOf(legId)) {
      this.#takePhone(dialog, input);
      return;
    }
    const party = [dialog.caller, dialog.callee].find(({ leg }) => leg.legId === legId);
    if (party === undefined) return;
    switch (input.type) {
      case 'media':
        this.#takeMediaEvent(dialog, party, input.event, input.now);
        break;
      case 'leg.progress':
        this.#takeProgress(dialog, party, input);
        break;
      case 'leg.answered':
        this.#takeAnswer(dialog, party, input);
        break;
      case 'leg.failed':
        party.gone = true;
        this.#end(dialog, party.side, input.fault, input.status);
        break;
      case 'leg.ended':
        party.gone = true;
        this.#end(dialog, party.side, input.fault);
        break;
      case 'leg.description':
        this.#takeDescription(dialog, party, input);
        break;
      case 'leg.restarted':
        this.#takeRestart(party, input);
        break;
      case 'leg.receiving':
        if (party.leg.kind === 'browser') this.#hops.confirm(`${party.side}-hears`);
        this.#settle(dialog);
        break;
      case 'leg.gathered':
        party.reach.gathered(input.candidate);
        break;
      case 'leg.connection':
        this.#takeConnection(dialog, party, input);
        break;
      case 'leg.unheard':
        this.#away.unheard(party, input.since);
        break;
      case 'leg.heard':
        this.#hear(party, input.now);
        break;
      case 'leg.rejoin':
        this.#rejoin(dialog, party, input);
        break;
      case 'leg.callback':
        this.#callPhone(dialog, party, input);
        break;
    }
  }

  // Setting up

  #start(start: Start): void {
    const { policy } = this.#options;
    const caller = new Party('caller', this.#makeLeg(start.caller));
    const callee = new Party('callee', this.#makeLeg(start.callee));
    const dialog = { start, caller, callee, negotiation: new Negotiation(caller, callee) };
    this.#dialog = dialog;
    this.#enter({ state: 'routing' });

    const begun = dialog.negotiation.begin(this.id, start.caller.offerSdp, {
      policy: policy.codec,
      sipOpus: policy.sipOpus ?? false,
    });
    if (!begun.ok) {
      this.#end(dialog, 'gateway', begun.error);
      return;
    }
    this.#mediaOpened = true;
    this.#command(begun.value.commands);
    if (begun.value.callerSdp !== undefined) {
      this.#outputs.push({ type: 'leg.describe', legId: caller.leg.legId, sdp: begun.value.callerSdp });
      awaitReach(caller, this.#deadlines, start.now);
    }
    this.#deadlines.set('open', start.now + OPEN_TIMEOUT_MS);
    this.#deadlines.set('answer', start.now + (policy.ringTimeoutMs ?? RING_TIMEOUT_MS));
    this.#inviteWhenReady(dialog);
  }

  #makeLeg({ kind, legId }: Pick<Leg, 'kind' | 'legId'>, other: Partial<CallLocal> = {}): Leg {
    const { random } = this.#options;
    const local = { ...this.#local, ...other };
    this.#legIds.add(legId);
    return kind === 'browser' ? new BrowserLeg(legId, random, local) : new SipLeg(legId, random, local);
  }

  #inviteWhenReady({ start, callee, negotiation }: Dialog): void {
    if (this.#invited || !negotiation.ready) return;
    this.#invited = true;
    this.#deadlines.clear('open');
    const { displayName, uri } = start.caller;
    this.#outputs.push({
      type: 'leg.invite',
      legId: callee.leg.legId,
      kind: callee.leg.kind,
      target: start.callee.target,
      sdp: negotiation.inviteCallee(),
      ...(displayName === undefined ? {} : { displayName }),
      ...(uri === undefined ? {} : { uri }),
    });
  }

  #takeProgress(dialog: Dialog, party: Party, { status, sdp, now }: InputOf<'leg.progress'>): void {
    if (party.side !== 'callee' || !this.#invited || this.#answered || status <= 100 || status >= 200) return;
    const { legId, kind } = dialog.caller.leg;
    const joined = sdp === undefined ? undefined : dialog.negotiation.acceptCallee(sdp);
    // Early media that cannot be read is no reason to stop ringing; the final answer decides.
    if (!joined?.ok) {
      if (this.state === 'routing') this.#enter({ state: 'ringing' });
      this.#outputs.push({ type: 'leg.ring', legId, status });
      return;
    }
    this.#command(joined.value.commands);
    if (joined.value.moved) this.#hops.forget('callee');
    awaitReach(party, this.#deadlines, now);
    this.#enter({ state: 'early' });
    // A calling browser has its answer already.
    const early = kind === 'browser' ? {} : { sdp: joined.value.callerSdp };
    this.#outputs.push({ type: 'leg.ring', legId, status, ...early });
  }

  #takeAnswer(dialog: Dialog, party: Party, { sdp, now }: InputOf<'leg.answered'>): void {
    if (party.side !== 'callee' || !this.#invited || this.#answered) return;
    const joined = dialog.negotiation.acceptCallee(sdp);
    if (!joined.ok) {
      this.#end(dialog, 'callee', joined.error);
      return;
    }
    const { commands, callerSdp, moved } = joined.value;
    this.#answered = true;
    this.#deadlines.clear('answer');
    this.#deadlines.set('media', now + (this.#options.policy.mediaTimeoutMs ?? MEDIA_TIMEOUT_MS));
    this.#command(commands);
    if (moved) this.#hops.forget('callee');
    if (sdp !== undefined) awaitReach(party, this.#deadlines, now);
    this.#outputs.push({ type: 'leg.answer', legId: dialog.caller.leg.legId, sdp: callerSdp });
    this.#enter({ state: 'answered', waitingFor: this.#hops.missing });
    this.#settle(dialog);
  }

  // While it lasts

  #takeMediaEvent(dialog: Dialog, party: Party, event: MediaEvent, now: Millis): void {
    const { side, leg } = party;
    switch (event.type) {
      case 'rtp.opened':
        leg.opened(event.local);
        this.#inviteWhenReady(dialog);
        break;
      case 'leg.ice':
        party.reach.take(now, event);
        this.#away.path(party, now);
        this.#settle(dialog);
        break;
      case 'leg.dtls':
        party.reach.take(now, event);
        if (event.state === 'connected') this.#offerSpare(leg);
        this.#settle(dialog);
        break;
      case 'leg.check':
      case 'leg.flight':
      case 'leg.partial_flight':
        party.reach.take(now, event);
        break;
      case 'leg.received':
        this.#hops.confirm(`${side}-sends`);
        this.#hear(party, now);
        this.#settle(dialog);
        break;
      case 'leg.delivered':
        if (event.evidence === 'denied') this.#hops.revoke(`${side}-hears`);
        // Browsers always speak RTCP, so that nothing needs to be presumed of them.
        else if (event.evidence === 'reported' || leg.kind === 'sip') this.#hops.confirm(`${side}-hears`);
        this.#settle(dialog);
        break;
      case 'leg.dtmf': {
        const other = side === 'caller' ? dialog.callee : dialog.caller;
        if (other.leg.kind === 'sip') return;
        const { digit, durationMs } = event;
        this.#outputs.push({ type: 'leg.dtmf', legId: other.leg.legId, digit, durationMs });
        return;
      }
      case 'leg.stats':
      case 'leg.moved':
      case 'leg.stalled':
        break;
      case 'leg.failed':
        this.#end(dialog, 'gateway', event.fault);
        break;
    }
  }

  #takeDescription(dialog: Dialog, party: Party, { sdp, now, abandons }: InputOf<'leg.description'>): void {
    const { side, leg } = party;
    const described = dialog.negotiation.redescribe(leg, sdp, abandons);
    if (!described.ok) {
      this.#outputs.push({ type: 'leg.refuse', legId: leg.legId, fault: described.error });
      return;
    }
    this.#command(described.value.commands);
    this.#outputs.push({ type: 'leg.describe', legId: leg.legId, sdp: described.value.sdp });
    this.#offerSpare(leg);
    if (described.value.moved) this.#hops.forget(side);
    party.isHeld = leg.kind === 'sip' && isHold(leg.media?.direction);
    awaitReach(party, this.#deadlines, now);
    this.#settle(dialog);
  }

  #takeRestart({ leg }: Party, { sdp }: InputOf<'leg.restarted'>): void {
    if (!(leg instanceof BrowserLeg)) return;
    const restarted = leg.restarted(sdp);
    if (restarted.ok) this.#command(restarted.value);
    else this.#outputs.push({ type: 'leg.refuse', legId: leg.legId, fault: restarted.error });
    this.#offerSpare(leg);
  }

  /** A browser whose path breaks can then restart at once, also while it cannot reach us by signalling. */
  #offerSpare(leg: Leg): void {
    if (!(leg instanceof BrowserLeg)) return;
    const spare = leg.spare();
    if (spare === undefined) return;
    this.#command([spare.command]);
    this.#outputs.push({ type: 'leg.spare', legId: leg.legId, ice: spare.ice });
  }

  #takeConnection(dialog: Dialog, party: Party, { state, now, since, byWish }: InputOf<'leg.connection'>): void {
    if (state !== 'gone') {
      this.#away.connection(party, state, now, since);
      return;
    }
    party.gone = true;
    // A phone that rings may still take its place, unless the page said that it wants no more of it.
    if (this.#phone.isCalledFor(party) && byWish !== true) this.#phone.postpone(`signalling-${party.side}`);
    else this.#end(dialog, party.side, fault('signaling.client_gone'));
  }

  #hear(party: Party, now: Millis): void {
    this.#away.heard(party);
    // Whose session is over cannot go on with the call, heard or not.
    if (!this.#phone.isCalledFor(party) || party.gone) return;
    this.#outputs.push(...this.#phone.cancel(now + this.#away.graceMs));
  }

  /** Connected means heard: an answered call is in the state that its paths and hops prove. */
  #settle({ caller, callee }: Dialog): void {
    if (!this.#answered) return;
    const parties = [caller, callee];
    const waitingFor = this.#hops.missing;
    const held = parties.find(({ isHeld }) => isHeld);
    for (const party of parties) {
      // A phone that holds is no proof of a new leg; its media path must do.
      const isHeard = held !== undefined || !waitingFor.some((hop) => hop.startsWith(party.side));
      if (party.isReturning && isHeard && party.unreached === undefined) this.#returned(party);
    }
    const lost = parties.find(({ isAway }) => isAway);
    if (lost !== undefined) {
      this.#enter({ state: 'reconnecting', side: lost.side });
      return;
    }
    if (held !== undefined) {
      this.#enter({ state: 'held', side: held.side });
      return;
    }
    if (waitingFor.length > 0) {
      this.#enter({ state: 'answered', waitingFor });
      return;
    }
    // Who has been heard once is not hung up on for a silence later.
    this.#deadlines.clear('media');
    this.#wasConnected = true;
    this.#enter({ state: 'connected' });
  }

  #returned(party: Party): void {
    party.isReturning = false;
    this.#deadlines.clear(`path-${party.side}`);
  }

  // Another leg takes a place

  #rejoin(dialog: Dialog, party: Party, { newLegId, sdp, now }: InputOf<'leg.rejoin'>): void {
    const rejoined = this.#answerRejoin(dialog, party, newLegId, sdp);
    if (!rejoined.ok) {
      this.#outputs.push({ type: 'leg.refuse', legId: party.leg.legId, fault: rejoined.error });
      return;
    }
    const { leg, commands, answer } = rejoined.value;
    this.#replace(party, leg, 'rejoined', commands, now);
    this.#outputs.push({ type: 'leg.describe', legId: newLegId, sdp: answer });
    awaitReach(party, this.#deadlines, now);
    this.#settle(dialog);
  }

  /** A called browser that has not answered yet has nothing to come back to: it takes the call as any other. */
  #answerRejoin(
    { negotiation }: Dialog,
    party: Party,
    newLegId: string,
    sdp: string,
  ): Result<{ readonly leg: Leg; readonly commands: readonly MediaCommand[]; readonly answer: string }> {
    if (party.leg.kind !== 'browser' || party.leg.media === undefined || this.#legIds.has(newLegId)) {
      return err(fault('call.wrong_state', 'there is no leg to take the place of'));
    }
    const leg = this.#makeLeg({ kind: 'browser', legId: newLegId });
    const answered = negotiation.rejoin(party, leg, this.id, sdp);
    if (!answered.ok) return answered;
    return ok({ leg, commands: answered.value.commands, answer: answered.value.sdp });
  }

  #replace(
    party: Party,
    leg: Leg,
    reason: Extract<CallOutput, { readonly type: 'leg.replaced' }>['reason'],
    commands: readonly MediaCommand[],
    now: Millis,
  ): void {
    const { legId } = party.leg;
    this.#outputs.push({ type: 'leg.replaced', legId, newLegId: leg.legId, reason });
    this.#command(commands);
    this.#command([{ type: 'close', legId }]);
    party.replace(leg);
    this.#hops.forget(party.side);
    this.#away.replaced(party, now);
    this.#phone.forgetPostponed();
  }

  #callPhone({ caller, callee }: Dialog, party: Party, { phone, asked, now, legId }: InputOf<'leg.callback'>): void {
    if (!this.#answered || party.leg.kind !== 'browser' || this.#phone.isBusy || this.#legIds.has(phone.legId)) {
      if (asked) this.#outputs.push({ type: 'leg.refuse', legId, fault: fault('call.wrong_state') });
      return;
    }
    const { legId: phoneId, advertisedAddress } = phone;
    const local = advertisedAddress === undefined ? {} : { sipAdvertisedAddress: advertisedAddress };
    const leg = this.#makeLeg({ kind: 'sip', legId: phoneId }, local);
    const far = party === caller ? callee.leg : caller.leg;
    const begun = this.#phone.begin(this.id, now, { party, leg, far, phone, asked });
    if (begun.ok) this.#outputs.push(...begun.value);
    else if (asked) this.#outputs.push({ type: 'leg.refuse', legId, fault: begun.error });
  }

  #takePhone(dialog: Dialog, input: Exclude<CallInput, Start>): void {
    switch (input.type) {
      case 'media':
      case 'leg.progress':
      case 'leg.answered':
      case 'leg.failed':
      case 'leg.ended': {
        const { outputs, joined } = this.#phone.take(input);
        this.#outputs.push(...outputs);
        if (joined === undefined) return;
        const { party, leg, commands } = joined;
        const bridge = dialog.negotiation.bridgeAnew(party, leg);
        this.#replace(party, leg, 'moved_to_phone', [...commands, ...bridge], input.now);
        this.#settle(dialog);
      }
    }
  }

  // Ending

  #expire(dialog: Dialog, now: Millis): void {
    for (const name of this.#deadlines.takeDue(now)) {
      this.#expireOne(dialog, name, now);
      if (this.state === 'ended') return;
    }
  }

  #expireOne(dialog: Dialog, name: DeadlineName, now: Millis): void {
    switch (name) {
      case 'open':
        this.#end(dialog, 'gateway', fault('media.worker_failed', `no port within ${OPEN_TIMEOUT_MS} ms`));
        break;
      case 'answer':
        this.#end(dialog, 'gateway', fault('call.not_answered'));
        break;
      case 'media':
        this.#endUnlessHeard(dialog);
        break;
      case 'reach-caller':
        this.#outputs.push(...judgeReach(dialog.caller, this.#deadlines, now));
        break;
      case 'reach-callee':
        this.#outputs.push(...judgeReach(dialog.callee, this.#deadlines, now));
        break;
      case 'callback-caller':
      case 'callback-callee': {
        const party = name.endsWith('caller') ? dialog.caller : dialog.callee;
        if (!this.#answered || this.#phone.isBusy || !this.#away.takeDue(party)) return;
        this.#outputs.push({ type: 'leg.callback_due', legId: party.leg.legId });
        break;
      }
      case 'callback-ring':
        this.#outputs.push(...this.#phone.expire(now));
        break;
      case 'signalling-caller':
      case 'path-caller':
        this.#giveUp(dialog, dialog.caller, name);
        break;
      case 'signalling-callee':
      case 'path-callee':
        this.#giveUp(dialog, dialog.callee, name);
        break;
    }
  }

  /** A browser was not back in time. */
  #giveUp(dialog: Dialog, party: Party, name: DeadlineName): void {
    const { side } = party;
    const isPath = name.startsWith('path');
    if (this.#phone.isCalledFor(party)) {
      this.#phone.postpone(name);
    } else if (isPath && !party.pathLost && party.unreached === undefined) {
      // There is a path, though it was not heard in both directions: that is no reason to hang up.
      this.#returned(party);
      this.#settle(dialog);
    } else {
      const code = isPath ? 'ice.consent_lost' : 'signaling.client_gone';
      this.#end(dialog, side, fault(code, `not back within ${this.#away.graceMs} ms`, side));
    }
  }

  #endUnlessHeard(dialog: Dialog): void {
    const { caller, callee } = dialog;
    const missing = withoutAgreedSilence(this.#hops.missing, {
      caller: caller.leg.media?.direction ?? 'sendrecv',
      callee: callee.leg.media?.direction ?? 'sendrecv',
    });
    if (missing.length === 0) return;
    this.#end(dialog, 'gateway', caller.unreached ?? callee.unreached ?? faultOfSilence(missing));
  }

  #end({ caller, callee }: Dialog, by: Side | 'gateway', cause: Fault | undefined, status?: number): void {
    const answered = this.#answered;
    const reason = reasonOf(cause, by, [caller, callee], { answered, wasConnected: this.#wasConnected });
    const because = reason === undefined ? {} : { fault: reason };
    if (!caller.gone) {
      const { legId } = caller.leg;
      if (answered || reason === undefined) this.#outputs.push({ type: 'leg.hangup', legId, ...because });
      else {
        this.#outputs.push({ type: 'leg.reject', legId, fault: reason, status: statusOfFault(reason, status) });
      }
    }
    if (this.#invited && !callee.gone) {
      this.#outputs.push({ type: 'leg.hangup', legId: callee.leg.legId, ...because });
    }
    this.#outputs.push(...this.#phone.cancel());
    if (this.#mediaOpened) {
      this.#command([caller, callee].map(({ leg }) => ({ type: 'close', legId: leg.legId })));
    }
    this.#deadlines.clearAll();
    this.#enter({ state: 'ended' });
    const unheard = answered && this.#hops.missing.length > 0 ? { unheard: this.#hops.missing } : {};
    const ending = classifyEnding({ fault: reason, answered, by });
    this.#outputs.push({ type: 'ended', ...ending, ...because, by, ...unheard });
  }

  // Saying it

  #enter(next: Omit<StateOutput, 'type'>): void {
    const { state, side, waitingFor } = this.#current;
    const same = state === next.state && side === next.side && waitingFor?.join() === next.waitingFor?.join();
    if (same) return;
    this.#current = { type: 'state', ...next };
    this.#outputs.push(this.#current);
  }

  #command(commands: readonly MediaCommand[]): void {
    for (const command of commands) this.#outputs.push({ type: 'media', command });
  }
}
