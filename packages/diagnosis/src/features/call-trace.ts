import type { CallState, Millis } from '@earshot/base';
import type { BrowserEvent, GatewayEvent, LegKind, LegName, Sample, TimelineEntry, Vantage } from '@earshot/telemetry';
import type { DiagnosisPolicy, DiagnosisStart } from '../types.js';
import { LegTrace } from './leg-trace.js';
import { ReachTrace } from './reach-trace.js';
import { SipTrace } from './sip-trace.js';

/** An event with its time, and its place in the timeline where that is known. */
export interface Noted<Event> {
  readonly at: Millis;
  readonly index: number | undefined;
  readonly event: Event;
}

type Done<Type extends GatewayEvent['type']> = Noted<Extract<GatewayEvent, { readonly type: Type }>>;

const DEFAULT_POLICY: DiagnosisPolicy = { slowSetupMs: 6_000 };

interface Stall {
  readonly at: Millis;
  readonly lateMs: Millis;
}

const MOST_STALLS = 32;
/** How far back one looks for stalls, how much of that is much, and a stall of a page that is long. */
const SHAKEN_MS = 8_000;
const STALLED_MS = 600;
const LONG_STALL_MS = 2_000;

/** What is known of a call now: all that rules see. Its size is bounded. */
export class CallTrace {
  readonly startedAt: Millis;
  readonly policy: DiagnosisPolicy;
  readonly vantages: readonly Vantage[] | undefined;
  readonly legs: Readonly<Record<LegName, LegTrace>> = {
    caller: new LegTrace('caller'),
    callee: new LegTrace('callee'),
  };
  readonly sip: Readonly<Record<LegName, SipTrace>> = { caller: new SipTrace(), callee: new SipTrace() };
  /** Asked for by every rule at every tick. */
  browserLegs: readonly LegTrace[] = [];
  sipLegs: readonly LegTrace[] = [];
  readonly reach: ReachTrace;
  /** The time that rules judge at: that of the last tick, and never after the end of the call. */
  now: Millis;
  answeredAt: Millis | undefined;
  /** The hops that no audio was confirmed on, as call control said last. */
  waitingFor: readonly string[] = [];
  codecs: Done<'call.codecs'> | undefined;
  ended: Done<'call.ended'> | undefined;
  /** The gateway itself stood still: when last. */
  stalledAt: Millis | undefined;
  /** The newest times that it did. */
  #stalls: readonly Stall[] = [];

  constructor(start: DiagnosisStart) {
    this.startedAt = start.startedAt;
    this.now = start.startedAt;
    this.policy = { ...DEFAULT_POLICY, ...start.policy };
    this.vantages = start.vantages;
    this.legs.caller.kind = start.caller;
    this.legs.callee.kind = start.callee;
    this.reach = new ReachTrace(start);
    this.#sortLegs();
  }

  set callee(kind: LegKind) {
    this.legs.callee.kind = kind;
    this.reach.callee = kind;
    this.#sortLegs();
  }

  #sortLegs(): void {
    const legs = [this.legs.caller, this.legs.callee];
    this.browserLegs = legs.filter(({ kind }) => kind === 'browser');
    this.sipLegs = legs.filter(({ kind }) => kind === 'sip');
  }

  /** Whether this party watched; a timeline of our own has all of them. */
  sees(vantage: Vantage): boolean {
    if (this.vantages === undefined) return vantage !== 'capture';
    return this.vantages.includes(vantage);
  }

  /** Whether somebody in the middle counted what passed: the gateway, or whoever captured there. */
  get seesMiddle(): boolean {
    return this.sees('gateway') || this.sees('capture');
  }

  get isInCall(): boolean {
    return this.answeredAt !== undefined;
  }

  /** Since when sound is due: the answer, or the end of the last hold. */
  get soundDueAt(): Millis | undefined {
    const { caller, callee } = this.legs;
    return this.answeredAt === undefined
      ? undefined
      : Math.max(this.answeredAt, caller.resumedAt ?? 0, callee.resumedAt ?? 0);
  }

  /** How long sound has been due, in ms. */
  get answeredForMs(): number {
    return this.answeredAt === undefined ? 0 : this.now - this.answeredAt;
  }

  /**
   * Whether the gateway, or the page of this leg, stood still for much of the seconds before `at`: that nothing came then
   * is no proof that nothing was sent.
   */
  isShaken({ stalled }: LegTrace, at = this.now): boolean {
    const isRecent = (stall: { readonly at: Millis }): boolean => stall.at <= at && at - stall.at < SHAKEN_MS;
    if (stalled !== undefined && stalled.event.lateMs >= LONG_STALL_MS && isRecent(stalled)) return true;
    let lateMs = 0;
    for (const stall of this.#stalls) if (isRecent(stall)) lateMs += stall.lateMs;
    return lateMs >= STALLED_MS;
  }

  other(leg: LegTrace): LegTrace {
    return leg.name === 'caller' ? this.legs.callee : this.legs.caller;
  }

  take(entry: TimelineEntry, index: number | undefined): void {
    const { at } = entry;
    this.reach.take(entry, index);
    switch (entry.source) {
      case 'browser':
        this.legs[entry.leg].browserEvent({ at, index, event: entry.event });
        this.#takeBrowserState({ at, index, event: entry.event });
        break;
      case 'gateway':
        this.#takeGateway({ at, index, event: entry.event });
        break;
      case 'relay': {
        const leg = this.legs[entry.leg];
        const { event } = entry;
        if (event.type === 'turn.refused') {
          const { code, client, method } = event;
          leg.relayRefusal = { at, index, event: { code, client, method } };
        } else if (event.type === 'turn.closed') leg.relayClosed = { at, index, event };
        break;
      }
      case 'diagnosis':
        break;
    }
  }

  sample(sample: Sample, index: number | undefined): void {
    const { at } = sample;
    const leg = this.legs[sample.leg];
    // What is counted after the end of the call is the end of the call.
    if (this.ended !== undefined && at > this.ended.at + 250) return;
    if (sample.source === 'browser') leg.browserSample({ at, index, figures: sample.figures });
    else leg.gatewaySample({ at, index, figures: sample.figures });
  }

  #takeBrowserState({ at, event }: Noted<BrowserEvent>): void {
    if (this.sees('gateway')) return;
    if (event.type === 'call.seen') this.#enter(event.state, at);
    // A dump of the browser alone says nothing of the call, but that it has a path.
    else if (event.type === 'ice.connection' && event.state === 'connected') this.answeredAt ??= at;
  }

  #takeGateway(noted: Noted<GatewayEvent>): void {
    const { at, index, event } = noted;
    switch (event.type) {
      case 'call.state':
        this.waitingFor = event.waitingFor ?? [];
        this.#enter(event.state, at);
        return;
      case 'call.codecs':
        this.codecs = { at, index, event };
        return;
      case 'call.ended':
        this.ended ??= { at, index, event };
        return;
      case 'gateway.stalled':
        this.stalledAt = at;
        this.#stalls = [...this.#stalls, { at, lateMs: event.lateMs }].slice(-MOST_STALLS);
        return;
      case 'call.route':
      case 'call.passed_over':
        return;
      case 'sip.message':
        this.sip[event.leg].take({ at, index, event });
        this.legs[event.leg].gatewayEvent({ at, index, event });
        if (event.method === 'INVITE' && event.status === 200 && !this.sees('gateway')) this.answeredAt ??= at;
        return;
      default:
        this.legs[event.leg].gatewayEvent({ at, index, event });
    }
  }

  #enter(state: CallState, at: Millis): void {
    if (state === 'answered' || state === 'connected') this.answeredAt ??= at;
  }
}
