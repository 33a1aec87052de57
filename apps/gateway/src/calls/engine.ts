import { err, type Fault, type Fingerprint, fault, ok, type Result, type TransportAddress } from '@earshot/base';
import type { CallInput, MediaCommand, MediaEvent, Route } from '@earshot/calls';
import { nodeCrypto } from '@earshot/crypto';
import type { ClientMessage, OngoingCall } from '@earshot/signaling';
import type { SipEvent } from '@earshot/sip';
import type { Config } from '../config/schema.js';
import type { Log } from '../log.js';
import type { Attention } from '../sessions/attention.js';
import type { BrowserSession } from '../sessions/session.js';
import type { SipPort } from '../sip/udp-agent.js';
import type { Timeless } from '../timeless.js';
import type { CallWatch, Timelines } from '../timeline/index.js';
import { ActiveCall } from './active-call.js';
import { type Asker, Attempts } from './attempts.js';
import { BrowserLeg } from './browser-leg.js';
import { takeBrowserMessage } from './browser-messages.js';
import { CallBacks } from './call-back.js';
import { Callees } from './callees.js';
import { noteSettings, routeEvent } from './notes.js';
import { browserOrigin, type Origin, type Prepared, sipOrigin } from './origin.js';
import { type SipLegEvent, takeSipEvent } from './sip-events.js';

/** Calls that one page may have at once, and start: an agent needs a few, a flood many. */
const MAX_CALLS_OF_A_PAGE = 8;

/** The media worker that a call is assigned to. */
export interface MediaPort {
  readonly fingerprint: Fingerprint;
  /** Where browsers reach it, now. */
  readonly candidates: readonly TransportAddress[];
  send(command: MediaCommand): void;
}

export interface EngineOptions {
  readonly config: Config;
  readonly agent: SipPort;
  readonly log: Log;
  readonly routes: readonly Route[];
  /** What a call from the phone network may reach besides waiting pages. */
  readonly inboundRoutes: readonly Route[];
  /** Of the built-in lines. */
  readonly lines: readonly Route[];
  readonly assignMedia: (callId: string) => MediaPort;
  /** The sessions that wait for calls under a name, best first. */
  readonly waiting: (name: string) => readonly BrowserSession[];
  /** IP addresses of this gateway, as phones and pages dial them. */
  readonly ownHosts: readonly string[];
  /** Where everything that is seen of a call is written down. */
  readonly timelines: Timelines;
}

/** Messages about a call that want an answer, also where there is no such call. */
const ASKS: ReadonlySet<ClientMessage['type']> = new Set<ClientMessage['type']>([
  'call.accept',
  'call.description',
  'call.rejoin',
  'call.callback',
]);

type LegInput = Timeless<Exclude<CallInput, { type: 'start' | 'media' | 'timeout' }>>;

/** Composes sessions, the SIP agent and media workers into calls. Every event finds its call by leg. */
export class CallEngine {
  readonly #options: EngineOptions;
  readonly #callees: Callees;
  readonly #callBacks: CallBacks;
  readonly #calls = new Map<string, ActiveCall>();
  readonly #byLeg = new Map<string, ActiveCall>();
  readonly #media = new Map<ActiveCall, MediaPort>();
  readonly #attempts = new Attempts();
  /** Calls that are over and whose browsers are about to be told. */
  readonly #ending = new Set<Promise<void>>();
  #stopping = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#callees = new Callees(options);
    this.#callBacks = new CallBacks({
      config: options.config,
      callees: this.#callees,
      routes: options.routes,
      calls: () => this.#calls.values(),
      onCalled: (legId, call) => this.#byLeg.set(legId, call),
    });
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Ends every call. Resolves when their browsers were told. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const failure = fault('signaling.server_stopping');
    // A failure of the media, since that is nobody's hang-up: both legs are told.
    for (const call of [...this.#calls.values()])
      call.handle({ type: 'media', event: { type: 'leg.failed', legId: call.caller.id, fault: failure } });
    await Promise.all(this.#ending);
  }

  /** Browsers reach the media workers by other addresses now: descriptions to come say so. */
  onMediaMoved(): void {
    for (const [call, { candidates }] of this.#media) call.handle({ type: 'local.candidates', candidates });
  }

  onMedia(event: MediaEvent): void {
    if (event.type === 'leg.stats') this.#options.timelines.legStats(event.legId, event.stats);
    this.#byLeg.get(event.legId)?.handle({ type: 'media', event });
  }

  onMessage(session: BrowserSession, message: ClientMessage): void {
    if (message.type === 'presence.set') {
      session.available = message.available && session.identity.mayReceive;
      session.visible = message.visible ?? false;
      return;
    }
    if (message.type === 'call.start') {
      void this.#start(browserOrigin(session, message, this.#originOptions(this.#options.routes)));
      return;
    }
    if (message.type === 'call.abandoned') {
      const { callId, to, fault: because } = message;
      const parties = { from: session.identity.name, to: this.#callees.localName(to) };
      this.#options.timelines.abandoned(session, callId, parties, because);
      return;
    }
    if (message.type === 'call.evidence') this.#takeEvidence(session, message);
    const leg = this.#browserLeg(session, message.callId);
    if (leg !== undefined) {
      const call = this.#byLeg.get(leg.id);
      if (call !== undefined) takeBrowserMessage(call, leg, message, this.#callBacks);
      return;
    }
    if (message.type === 'call.hangup') this.#attempts.giveUp(session, message.callId);
    // A hang-up, report or confirmation that crossed the end of its call says nothing new.
    if (ASKS.has(message.type)) {
      const { callId, type: request } = message;
      session.send({ type: 'call.refused', callId, request, fault: fault('call.unknown') });
    }
  }

  onAttached(session: BrowserSession, attached: boolean, leaving: boolean): void {
    const state = attached ? 'resumed' : leaving ? 'leaving' : 'lost';
    this.#eachLegOf(session, (legId) => ({ type: 'leg.connection', legId, state }));
  }

  /** The calls that a page of this session may take up. */
  ongoing(session: BrowserSession): OngoingCall[] {
    return [...this.#calls.values()].flatMap((call) => call.ongoing(session) ?? []);
  }

  /** How long a session outlives its silence is its own business; who is unheard besides may be called on a phone. */
  onAttention(session: BrowserSession, attention: Attention, quietMs: number): void {
    for (const call of this.#calls.values()) {
      for (const leg of [call.caller, call.callee]) {
        if (leg instanceof BrowserLeg && leg.session === session) call.attention(leg.id, attention, quietMs);
      }
    }
  }

  /** The sessions of running calls; one with several calls comes several times. */
  *talking(): Iterable<BrowserSession> {
    for (const { caller, callee } of this.#calls.values()) {
      if (caller instanceof BrowserLeg) yield caller.session;
      if (callee instanceof BrowserLeg) yield callee.session;
    }
  }

  /** `why`: undefined where the page said goodbye. */
  onSessionEnded(session: BrowserSession, why?: Fault): void {
    this.#options.timelines.sessionEnded(session, { from: session.identity.name });
    this.#attempts.giveUp(session);
    const byWish = why === undefined;
    this.#eachLegOf(session, (legId) => ({ type: 'leg.connection', legId, state: 'gone', byWish }));
  }

  onSip(event: SipEvent): void {
    this.#options.timelines.sip(event);
    switch (event.type) {
      case 'incoming':
        void this.#start(
          sipOrigin(event, (callId) => this.#isFree(callId), this.#originOptions(this.#options.inboundRoutes)),
        );
        return;
      case 'bad-message':
        this.#options.log.debug({ code: event.fault.code, where: event.fault.where }, 'dropped what is no SIP message');
        return;
      case 'message':
        this.#logMessage(event);
        return;
      case 'options':
      case 'confirmed':
        return;
      default:
        this.#onSipLeg(event);
    }
  }

  #onSipLeg(event: SipLegEvent): void {
    const call = this.#byLeg.get(event.legId);
    if (call === undefined) this.#attempts.giveUp(event.legId);
    else takeSipEvent(call, event);
  }

  #logMessage({ direction, summary, legId }: Extract<SipEvent, { type: 'message' }>): void {
    const call = legId === undefined ? undefined : this.#byLeg.get(legId);
    const { method, status, cseq, sdp, retransmission } = summary;
    const fields = { direction, method, status, cseq, hasSdp: sdp !== undefined, retransmission };
    (call?.log ?? this.#options.log).debug(fields, 'sip');
  }

  /** Also of a call that has no legs yet, or none any more. */
  #takeEvidence(session: BrowserSession, message: Extract<ClientMessage, { type: 'call.evidence' }>): void {
    const { callId, events, samples, sentMs } = message;
    this.#options.timelines.evidence(session, callId, events, sentMs, samples);
  }

  #originOptions(routes: readonly Route[]) {
    const { config, agent } = this.#options;
    return { config, agent, callees: this.#callees, routes };
  }

  /** Admits a call, has its callee found, and begins it. Whatever goes wrong is a refusal; it never rejects. */
  async #start(origin: Origin): Promise<void> {
    const { callId } = origin;
    const log = this.#options.log.child({ callId });
    const admitted = this.#admit(callId, origin.by);
    if (!admitted.ok) {
      // Not at a higher level: a flood must not fill the disk as well.
      log.debug({ code: admitted.error.code }, 'call not admitted');
      this.#options.timelines.turnedAway(admitted.error.code, callId);
      origin.refuse(admitted.error);
      return;
    }
    const { by, from, to } = origin;
    const watch =
      typeof by === 'string'
        ? this.#options.timelines.begin(callId, undefined, { legId: by, from, to })
        : this.#options.timelines.begin(callId, by, { from, to });
    const refuse = (failure: Fault): void => {
      const kept = watch.end({ type: 'call.ended', result: 'failed', by: 'gateway', code: failure.code });
      this.#whenKept(by, kept, () => origin.refuse(failure));
    };
    const attempt = this.#attempts.begin(callId, origin.by);
    try {
      const prepared = await origin.prepare(log, watch);
      this.#attempts.end(attempt);
      if (attempt.givenUp) {
        log.info('call given up');
        const kept = watch.end({ type: 'call.ended', result: 'cancelled', by: 'caller' });
        this.#whenKept(by, kept, () => origin.cancelled());
        return;
      }
      if (this.#stopping) {
        refuse(fault('signaling.server_stopping'));
        return;
      }
      if (prepared.ok) {
        this.#begin(callId, log, watch, prepared.value);
        return;
      }
      // What strangers dial on the phone network is no trouble of ours.
      const level = typeof origin.by === 'string' ? 'info' : 'warn';
      log[level]({ code: prepared.error.code }, 'call refused');
      refuse(prepared.error);
    } catch (error) {
      this.#attempts.end(attempt);
      log.error({ err: error, code: 'internal.bug' }, 'call could not start');
      const begun = this.#calls.get(callId);
      if (begun !== undefined) this.#forget(begun);
      refuse(fault('internal.bug'));
    }
  }

  /** A browser is told when the record is kept; the phone network never waits. */
  #whenKept(by: Asker, kept: Promise<void>, tell: () => void): void {
    if (typeof by === 'string') tell();
    else this.#await(kept.then(tell));
  }

  #await(ending: Promise<void>): void {
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }

  #admit(callId: string, by: Asker): Result<void> {
    if (this.#stopping) return err(fault('signaling.server_stopping'));
    if (!this.#isFree(callId)) return err(fault('call.wrong_state', 'the call id is in use', 'callId'));
    const isFull = this.#calls.size + this.#attempts.size >= this.#options.config.calls.maxCalls;
    if (isFull || this.#callsOf(by) + this.#attempts.countOf(by) >= MAX_CALLS_OF_A_PAGE) {
      return err(fault('call.limit_reached'));
    }
    return ok(undefined);
  }

  #isFree(callId: string): boolean {
    return !this.#calls.has(callId) && !this.#attempts.has(callId);
  }

  #callsOf(asker: Asker): number {
    const isOwn = ({ caller }: ActiveCall): boolean => caller instanceof BrowserLeg && caller.session === asker;
    return [...this.#calls.values()].filter(isOwn).length;
  }

  #begin(callId: string, log: Log, watch: CallWatch, { caller, description, callee, dialled }: Prepared): void {
    const media = this.#options.assignMedia(callId);
    watch.calls(callee.kind, callee.leg instanceof BrowserLeg ? callee.leg.session : undefined);
    watch.legs(caller.id, callee.leg.id);
    watch.note(routeEvent(caller, callee, this.#options.lines));
    noteSettings(watch, 'caller', caller, media, dialled);
    noteSettings(watch, 'callee', callee.leg, media);
    const call = new ActiveCall({
      call: {
        callId,
        random: nodeCrypto.randomBytes,
        local: {
          fingerprint: media.fingerprint,
          candidates: media.candidates,
          sipAdvertisedAddress: callee.advertised?.address ?? '127.0.0.1',
        },
        policy: callee.policy,
      },
      caller,
      callee: callee.leg,
      adapt: this.#options.config.calls.adapt,
      ...(dialled === undefined ? {} : { dialled }),
      log,
      watch,
      media: (command) => media.send(command),
      onCallBackDue: (leg) => void this.#callBacks.begin(call, leg, false),
      onReplaced: (legId, leg) => {
        this.#byLeg.delete(legId);
        this.#byLeg.set(leg.id, call);
      },
      onEnded: (kept) => {
        this.#forget(call);
        this.#await(kept);
      },
    });
    this.#calls.set(callId, call);
    this.#media.set(call, media);
    this.#byLeg.set(caller.id, call);
    this.#byLeg.set(callee.leg.id, call);
    const { kind, target } = callee;
    call.handle({ type: 'start', caller: description, callee: { legId: callee.leg.id, kind, target } });
  }

  #forget(call: ActiveCall): void {
    this.#calls.delete(call.id);
    this.#media.delete(call);
    for (const legId of call.legIds) this.#byLeg.delete(legId);
  }

  #browserLeg(session: BrowserSession, callId: string): BrowserLeg | undefined {
    const call = this.#calls.get(callId);
    for (const leg of [call?.caller, call?.callee]) {
      if (leg instanceof BrowserLeg && leg.session === session) return leg;
    }
    return undefined;
  }

  #eachLegOf(session: BrowserSession, input: (legId: string) => LegInput): void {
    for (const call of [...this.#calls.values()]) {
      for (const leg of [call.caller, call.callee]) {
        if (leg instanceof BrowserLeg && leg.session === session) call.handle(input(leg.id));
      }
    }
  }
}
