import { type Fault, fault, Pii } from '@earshot/base';
import {
  Call,
  type CallEnded,
  type CallInput,
  type CallOptions,
  type CallOutput,
  type LegStats,
  type MediaCommand,
  type MediaEvent,
} from '@earshot/calls';
import type { OngoingCall, Party } from '@earshot/signaling';
import type { BrowserFigures, LegName } from '@earshot/telemetry';
import { now as clockNow } from '../clock.js';
import { InTurn } from '../in-turn.js';
import { faultFields, type Log } from '../log.js';
import type { Attention } from '../sessions/attention.js';
import type { BrowserSession } from '../sessions/session.js';
import type { Timeless } from '../timeless.js';
import type { CallWatch } from '../timeline/index.js';
import { CoreTimer } from '../timer.js';
import { BrowserLeg } from './browser-leg.js';
import type { FoundPhone } from './call-back.js';
import { CallEvidence, type LegsOfCall } from './call-evidence.js';
import { Hearing } from './hearing.js';
import type { Leg } from './leg.js';
import { OngoingFacts } from './ongoing.js';
import { Uplink } from './uplink.js';

export interface ActiveCallOptions {
  readonly call: CallOptions;
  readonly caller: Leg;
  readonly callee: Leg;
  /** As the calling page wrote it. */
  readonly dialled?: string;
  readonly log: Log;
  readonly watch: CallWatch;
  /** Whether browsers send as their paths allow. */
  readonly adapt: boolean;
  readonly media: (command: MediaCommand) => void;
  /** Another leg took the place of one. */
  readonly onReplaced: (legId: string, leg: Leg) => void;
  /** The browser of this leg cannot be heard: its user may be called on a phone. */
  readonly onCallBackDue: (leg: BrowserLeg) => void;
  /** `kept`: resolves when its record is, and its browsers may be told. */
  readonly onEnded: (kept: Promise<void>) => void;
}

/** A page is loaded anew by a person. */
const MAX_REJOINS = 100;

/** What the call says to one of its legs. */
type ToLeg = Exclude<
  CallOutput,
  { readonly type: 'media' | 'state' | 'leg.silence' | 'leg.replaced' | 'leg.callback_due' | 'leg.callback' | 'ended' }
>;

/** The shell around one Call: carries its outputs to the legs and the media worker, and arms its timer. */
export class ActiveCall {
  readonly id: string;
  readonly log: Log;
  readonly #legs: { caller: Leg; callee: Leg };
  /** Legs that are about to take the place of another, by their id. */
  readonly #coming = new Map<string, Leg>();
  readonly #call: Call;
  readonly #options: ActiveCallOptions;
  readonly #timer = new CoreTimer((now) => this.#step({ type: 'timeout', now }));
  readonly #outputs = new InTurn<CallOutput>((output) => this.#perform(output));
  readonly #stats = new Map<string, LegStats>();
  readonly #evidence: CallEvidence;
  readonly #hearing = new Map<string, Hearing>();
  readonly #ongoing: OngoingFacts;
  readonly #startedAt = clockNow();
  #rejoins = 0;
  #movedFrom: string | undefined;

  constructor(options: ActiveCallOptions) {
    this.id = options.call.callId;
    this.log = options.log;
    this.#legs = { caller: options.caller, callee: options.callee };
    this.#options = options;
    this.#evidence = new CallEvidence(options.watch, this.#legsNow);
    this.#ongoing = new OngoingFacts(options.dialled);
    for (const leg of [options.caller, options.callee]) {
      if (options.adapt && leg instanceof BrowserLeg) leg.uplink = new Uplink();
    }
    this.#call = new Call(options.call);
  }

  get caller(): Leg {
    return this.#legs.caller;
  }

  get callee(): Leg {
    return this.#legs.callee;
  }

  get ended(): boolean {
    return this.#call.state === 'ended';
  }

  /** What a page that was loaded anew is told of it. */
  ongoing(session: BrowserSession): OngoingCall | undefined {
    const isOwn = (leg: Leg): boolean => leg instanceof BrowserLeg && leg.session === session;
    if (isOwn(this.caller)) return this.#ongoing.of(this.id, 'caller');
    return isOwn(this.callee) ? this.#ongoing.of(this.id, 'callee') : undefined;
  }

  /** The name of the user whose page it was of, where it goes on by phone. */
  get movedFrom(): string | undefined {
    return this.#movedFrom;
  }

  /** A party, as the other one is shown it. */
  shown(side: LegName): Party {
    return this.#ongoing.shown(side);
  }

  leg(legId: string): Leg | undefined {
    return [this.caller, this.callee].find(({ id }) => id === legId) ?? this.#coming.get(legId);
  }

  /** The ids of its legs, and of those that are about to take a place. */
  get legIds(): string[] {
    return [this.caller.id, this.callee.id, ...this.#coming.keys()];
  }

  /** The remote answered what the SIP agent offered once more: evidence alone. */
  answeredOffer(legId: string, sdp: string): void {
    this.#evidence.answered(legId, sdp);
  }

  /** The page of this leg says nothing, or speaks again. */
  attention(legId: string, attention: Attention, quietMs: number): void {
    this.#evidence.attention(legId, attention, quietMs);
    const now = clockNow();
    const state = attention === 'heard' ? 'resumed' : 'silent';
    this.#step({ type: 'leg.connection', now, legId, state, since: now - quietMs });
  }

  /** The user of this leg is called on a phone. */
  callPhone({ id: legId }: BrowserLeg, { phone, description }: FoundPhone, asked: boolean): void {
    this.#coming.set(phone.leg.id, phone.leg);
    this.handle({ type: 'leg.callback', legId, phone: description, asked });
  }

  /** The page of this leg was loaded anew and offers a new RTCPeerConnection. */
  rejoin(old: BrowserLeg, sdp: string): void {
    if (this.#rejoins >= MAX_REJOINS) {
      old.refuse(fault('call.limit_reached'));
      return;
    }
    this.#rejoins += 1;
    const leg = old.rejoined(`${this.id}-${old.side === 'caller' ? 'a' : 'b'}${this.#rejoins + 1}`);
    this.#coming.set(leg.id, leg);
    this.handle({ type: 'leg.rejoin', legId: old.id, newLegId: leg.id, sdp });
  }

  handle(input: Timeless<CallInput>): void {
    if (input.type === 'media') {
      const { event } = input;
      if (event.type === 'leg.stats') {
        this.#tellStats(event.legId, event.stats);
        this.#hear(event.legId, event.stats);
        return;
      }
      this.log.debug(mediaFields(event), 'media');
    }
    this.#evidence.input(input);
    this.#step({ ...input, now: clockNow() } as CallInput);
  }

  get #legsNow(): LegsOfCall {
    const { caller, callee } = this.#legs;
    const browsers = [caller, callee].filter((leg) => leg instanceof BrowserLeg).map(({ id }) => id);
    return { callerId: caller.id, calleeId: callee.id, browsers };
  }

  #replace({ legId, newLegId, reason }: Extract<CallOutput, { readonly type: 'leg.replaced' }>): void {
    const leg = this.#coming.get(newLegId);
    if (leg === undefined) return;
    this.#coming.delete(newLegId);
    const name = this.#nameOf(legId);
    this.log.info({ leg: name, reason }, 'leg replaced');
    if (reason === 'moved_to_phone') this.#dismiss(this.#legs[name]);
    this.#stats.delete(legId);
    this.#legs[name] = leg;
    this.#evidence.replaced(this.#legsNow);
    this.#options.watch.replaced(name, newLegId, reason);
    this.#options.onReplaced(legId, leg);
  }

  /** What the page of this leg counted of what we send it: its newest figures. */
  counted(legId: string, { packetsReceived, packetsLost, pairRoundTripMs, roundTripMs }: BrowserFigures): void {
    if (packetsReceived === undefined || packetsLost === undefined) return;
    const leg = this.leg(legId);
    if (leg instanceof BrowserLeg) leg.uplink?.measured(pairRoundTripMs, roundTripMs);
    const counted = { legId, received: packetsReceived, lost: packetsLost };
    this.#options.media({
      type: 'leg.counted',
      ...counted,
      ...(pairRoundTripMs === undefined ? {} : { pairTripMs: pairRoundTripMs }),
      ...(roundTripMs === undefined ? {} : { roundTripMs }),
    });
  }

  #nameOf(legId: string): LegName {
    return legId === this.callee.id ? 'callee' : 'caller';
  }

  /** Whether its browser is heard, long before consent for its path is over. */
  #hear(legId: string, { packetsReceived }: LegStats): void {
    if (!(this.leg(legId) instanceof BrowserLeg)) return;
    const hearing = this.#hearing.get(legId) ?? new Hearing();
    this.#hearing.set(legId, hearing);
    const now = clockNow();
    const changed = hearing.take(now, packetsReceived);
    if (changed === undefined) return;
    this.#step(
      changed.heard ? { type: 'leg.heard', now, legId } : { type: 'leg.unheard', now, legId, since: changed.since },
    );
  }

  #tellCallBack({ legId, state, fault: why }: Extract<CallOutput, { readonly type: 'leg.callback' }>): void {
    const leg = this.leg(legId);
    this.log.info({ leg: this.#nameOf(legId), state, ...(why === undefined ? {} : faultFields(why)) }, 'call back');
    if (leg instanceof BrowserLeg) leg.callBack(state, why);
  }

  /** Its user talks on by phone: this page has no call any more. */
  #dismiss(leg: Leg): void {
    if (!(leg instanceof BrowserLeg)) return;
    this.#movedFrom = leg.session.identity.name;
    leg.state({ type: 'state', state: 'ended' });
    const moved = fault('call.moved_to_phone');
    leg.ended({ type: 'ended', result: 'completed', reason: moved.code, by: 'gateway', fault: moved });
  }

  #tellStats(legId: string, stats: LegStats): void {
    this.#stats.set(legId, stats);
    // Both legs report in the same second: one message to each, when the callee's figures are in.
    if (legId !== this.callee.id || this.ended) return;
    const [caller, callee] = [this.#stats.get(this.caller.id), this.#stats.get(this.callee.id)];
    const { watch } = this.#options;
    const [atCaller, atCallee] = [watch.qualityNow('caller'), watch.qualityNow('callee')];
    this.caller.stats(caller, callee, { here: atCaller, there: atCallee });
    this.callee.stats(callee, caller, { here: atCallee, there: atCaller });
  }

  #step(input: CallInput): void {
    const outputs = this.#call.handle(input);
    this.#timer.arm(this.#call.nextTimeout);
    this.#outputs.add(outputs);
  }

  #perform(output: CallOutput): void {
    this.#evidence.output(output);
    this.#ongoing.take(output);
    switch (output.type) {
      case 'media':
        this.#options.media(output.command);
        return;
      case 'state': {
        const { type: _, ...state } = output;
        this.log.info({ ...state, ms: clockNow() - this.#startedAt }, 'call state');
        // Its end is told when the record of it is kept.
        if (output.state === 'ended') return;
        this.caller.state(output);
        this.callee.state(output);
        return;
      }
      case 'leg.silence': {
        const { fault: missing, afterMs } = output;
        this.log.warn({ leg: this.#nameOf(output.legId), afterMs, ...faultFields(missing) }, 'no media path yet');
        return;
      }
      case 'ended':
        this.#end(output);
        return;
      case 'leg.replaced':
        this.#replace(output);
        return;
      case 'leg.callback_due': {
        const leg = this.leg(output.legId);
        if (leg instanceof BrowserLeg) this.#options.onCallBackDue(leg);
        return;
      }
      case 'leg.callback':
        this.#tellCallBack(output);
        return;
      default:
        this.#tellLeg(output);
        return;
    }
  }

  #tellLeg(output: ToLeg): void {
    const leg = this.leg(output.legId);
    if (leg === undefined) return;
    switch (output.type) {
      case 'leg.describe':
        leg.describe(output.sdp);
        return;
      case 'leg.spare':
        leg.spare(output.ice);
        return;
      case 'leg.refuse':
        leg.refuse(output.fault);
        return;
      case 'leg.invite':
        leg.invite(output);
        return;
      case 'leg.ring':
        leg.ring(output);
        return;
      case 'leg.answer':
        leg.answer(output.sdp);
        return;
      case 'leg.reject':
        leg.reject(output.fault, output.status);
        return;
      case 'leg.hangup':
        leg.hangUp(output.fault);
        return;
      case 'leg.dtmf':
        leg.dtmf(output.digit, output.durationMs);
        return;
    }
  }

  #end(ended: CallEnded): void {
    this.#timer.stop();
    const { type: _, fault, ...ending } = ended;
    const fields: { code?: string } = fault === undefined ? {} : faultFields(fault as Fault);
    const level = fault === undefined || ended.result !== 'failed' ? 'info' : 'warn';
    this.log[level]({ ...ending, ...fields, ms: clockNow() - this.#startedAt }, 'call ended');
    const code = fault === undefined ? {} : { code: fault.code };
    const kept = this.#options.watch.end({ type: 'call.ended', result: ended.result, by: ended.by, ...code });
    this.#options.onEnded(kept);
    void kept.then(() => {
      for (const leg of [this.caller, this.callee]) {
        leg.state({ type: 'state', state: 'ended' });
        leg.ended(ended);
      }
    });
  }
}

/** A media event as log fields. Digits can be PINs: the log says that one was pressed, never which. */
function mediaFields(event: MediaEvent): object {
  if (event.type === 'leg.dtmf') return { ...event, digit: new Pii(event.digit) };
  return 'fault' in event ? { ...event, ...faultFields(event.fault) } : event;
}
