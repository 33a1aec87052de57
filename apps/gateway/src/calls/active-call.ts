import { type Fault, Pii } from '@earshot/base';
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
import type { OngoingCall } from '@earshot/signaling';
import type { LegName } from '@earshot/telemetry';
import { now as clockNow } from '../clock.js';
import { InTurn } from '../in-turn.js';
import { faultFields, type Log } from '../log.js';
import type { Attention } from '../sessions/attention.js';
import type { BrowserSession } from '../sessions/session.js';
import type { Timeless } from '../timeless.js';
import type { CallWatch } from '../timeline/index.js';
import { CoreTimer } from '../timer.js';
import { BrowserLeg } from './browser-leg.js';
import { CallEvidence } from './call-evidence.js';
import type { Leg } from './leg.js';
import { OngoingFacts } from './ongoing.js';

export interface ActiveCallOptions {
  readonly call: CallOptions;
  readonly caller: Leg;
  readonly callee: Leg;
  /** As the calling page wrote it. */
  readonly dialled?: string;
  readonly log: Log;
  readonly watch: CallWatch;
  readonly media: (command: MediaCommand) => void;
  /** `kept`: resolves when its record is, and its browsers may be told. */
  readonly onEnded: (kept: Promise<void>) => void;
}

/** The shell around one Call: carries its outputs to the legs and the media worker, and arms its timer. */
export class ActiveCall {
  readonly id: string;
  readonly log: Log;
  readonly caller: Leg;
  readonly callee: Leg;
  readonly #call: Call;
  readonly #options: ActiveCallOptions;
  readonly #timer = new CoreTimer((now) => this.#step({ type: 'timeout', now }));
  readonly #outputs = new InTurn<CallOutput>((output) => this.#perform(output));
  readonly #stats = new Map<string, LegStats>();
  readonly #evidence: CallEvidence;
  readonly #ongoing: OngoingFacts;
  readonly #startedAt = clockNow();

  constructor(options: ActiveCallOptions) {
    this.id = options.call.callId;
    this.log = options.log;
    this.caller = options.caller;
    this.callee = options.callee;
    this.#options = options;
    this.#evidence = new CallEvidence(options.watch, {
      calleeId: options.callee.id,
      browsers: [options.caller, options.callee].filter((leg) => leg instanceof BrowserLeg).map(({ id }) => id),
    });
    this.#ongoing = new OngoingFacts(options.dialled);
    this.#call = new Call(options.call);
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

  leg(legId: string): Leg | undefined {
    if (this.caller.id === legId) return this.caller;
    return this.callee.id === legId ? this.callee : undefined;
  }

  /** The remote answered what the SIP agent offered once more: evidence alone. */
  answeredOffer(legId: string, sdp: string): void {
    this.#evidence.answered(legId, sdp);
  }

  /** The page of this leg says nothing, or speaks again: evidence alone. */
  attention(legId: string, attention: Attention, quietMs: number): void {
    this.#evidence.attention(legId, attention, quietMs);
  }

  handle(input: Timeless<CallInput>): void {
    if (input.type === 'media') {
      const { event } = input;
      if (event.type === 'leg.stats') {
        this.#tellStats(event.legId, event.stats);
        return;
      }
      this.log.debug(mediaFields(event), 'media');
    }
    this.#evidence.input(input);
    this.#step({ ...input, now: clockNow() } as CallInput);
  }

  #nameOf(legId: string): LegName {
    return legId === this.callee.id ? 'callee' : 'caller';
  }

  #tellStats(legId: string, stats: LegStats): void {
    this.#stats.set(legId, stats);
    // Both legs report in the same second: one message to each, when the callee's figures are in.
    if (legId !== this.callee.id || this.ended) return;
    const [caller, callee] = [this.#stats.get(this.caller.id), this.#stats.get(this.callee.id)];
    this.caller.stats(caller, callee);
    this.callee.stats(callee, caller);
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
      default:
        this.#tellLeg(output);
        return;
    }
  }

  #tellLeg(output: Exclude<CallOutput, { type: 'media' | 'state' | 'leg.silence' | 'ended' }>): void {
    const leg = this.leg(output.legId);
    if (leg === undefined) return;
    switch (output.type) {
      case 'leg.describe':
        leg.describe(output.sdp);
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
