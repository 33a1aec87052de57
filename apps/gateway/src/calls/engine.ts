import {
  err,
  type Fault,
  type Fingerprint,
  fault,
  formatAddress,
  ok,
  Pii,
  type Result,
  type TransportAddress,
} from '@earshot/base';
import type { CallInput, MediaCommand, MediaEvent, Route } from '@earshot/calls';
import { nodeCrypto } from '@earshot/crypto';
import type { ClientMessage } from '@earshot/signaling';
import type { SipEvent } from '@earshot/sip';
import { mayCall } from '../auth/tokens.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../log.js';
import { advertisedTowards } from '../net/addresses.js';
import type { BrowserSession } from '../sessions/session.js';
import type { SipPort } from '../sip/udp-agent.js';
import type { Timeless } from '../timeless.js';
import { ActiveCall } from './active-call.js';
import { BrowserLeg } from './browser-leg.js';
import { type Callee, Callees } from './callees.js';
import type { Leg } from './leg.js';
import { SipLeg } from './sip-leg.js';

/** The media worker that a call is assigned to. */
export interface MediaPort {
  readonly fingerprint: Fingerprint;
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
  readonly assignMedia: (callId: string) => MediaPort;
  /** The sessions that wait for calls under a name. */
  readonly waiting: (name: string) => readonly BrowserSession[];
}

type StartMessage = Extract<ClientMessage, { type: 'call.start' }>;
type IncomingEvent = Extract<SipEvent, { type: 'incoming' }>;
type LegInput = Timeless<Exclude<CallInput, { type: 'start' | 'media' | 'timeout' }>>;

/** Composes sessions, the SIP agent and media workers into calls. Every event finds its call by leg. */
export class CallEngine {
  readonly #options: EngineOptions;
  readonly #callees: Callees;
  readonly #calls = new Map<string, ActiveCall>();
  readonly #byLeg = new Map<string, ActiveCall>();
  /** Calls whose addresses are being looked up; `true` once given up meanwhile. */
  readonly #starting = new Map<string, { givenUp: boolean }>();
  #stopping = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#callees = new Callees(options);
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Ends every call; their legs are told before this returns. */
  stop(): void {
    this.#stopping = true;
    const failure = fault('signaling.server_stopping');
    for (const call of [...this.#calls.values()])
      call.handle({ type: 'leg.failed', legId: call.caller.id, fault: failure });
  }

  onMedia(event: MediaEvent): void {
    this.#byLeg.get(event.legId)?.handle({ type: 'media', event });
  }

  onMessage(session: BrowserSession, message: ClientMessage): void {
    if (message.type === 'presence.set') {
      session.available = message.available && session.identity.mayReceive;
      return;
    }
    if (message.type === 'call.start') {
      void this.#startFromBrowser(session, message);
      return;
    }
    const leg = this.#browserLeg(session, message.callId);
    if (leg !== undefined) {
      this.#onLegMessage(leg, message);
      return;
    }
    const starting = this.#starting.get(message.callId);
    if (starting !== undefined && message.type === 'call.hangup') {
      starting.givenUp = true;
      return;
    }
    // A hang-up, report or confirmation that crossed the end of its call says nothing new.
    if (message.type === 'call.accept' || message.type === 'call.description') {
      const { callId, type: request } = message;
      session.send({ type: 'call.refused', callId, request, fault: fault('call.unknown') });
    }
  }

  onAttached(session: BrowserSession, attached: boolean): void {
    this.#eachLegOf(session, (legId) => ({ type: 'leg.connection', legId, state: attached ? 'resumed' : 'lost' }));
  }

  onSessionEnded(session: BrowserSession): void {
    this.#eachLegOf(session, (legId) => ({ type: 'leg.connection', legId, state: 'gone' }));
  }

  onSip(event: SipEvent): void {
    switch (event.type) {
      case 'incoming':
        void this.#startFromSip(event);
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

  #onSipLeg(
    event: Exclude<SipEvent, { type: 'incoming' | 'bad-message' | 'message' | 'options' | 'confirmed' }>,
  ): void {
    const { legId } = event;
    const call = this.#byLeg.get(legId);
    if (call === undefined) {
      const starting = this.#starting.get(legId);
      if (starting !== undefined) starting.givenUp = true;
      return;
    }
    const sdp = 'sdp' in event && event.sdp !== undefined ? { sdp: event.sdp } : {};
    switch (event.type) {
      case 'progress':
        call.handle({ type: 'leg.progress', legId, status: event.status, ...sdp });
        return;
      case 'answered':
        call.handle({ type: 'leg.answered', legId, ...sdp });
        return;
      case 'failed': {
        const status = event.status === undefined ? {} : { status: event.status };
        call.handle({ type: 'leg.failed', legId, fault: event.fault, ...status });
        return;
      }
      case 'ended':
        call.handle({ type: 'leg.ended', legId, ...(event.fault === undefined ? {} : { fault: event.fault }) });
        return;
      case 'cancelled':
        call.handle({ type: 'leg.ended', legId });
        return;
      case 'dtmf': {
        const { digit, durationMs } = event;
        call.handle({ type: 'media', event: { type: 'leg.dtmf', legId, digit, durationMs } });
        return;
      }
      case 'reinvite':
        if (event.needsAnswer) call.handle({ type: 'leg.description', legId, sdp: event.sdp });
        return;
    }
  }

  #logMessage({ direction, summary, legId }: Extract<SipEvent, { type: 'message' }>): void {
    const call = legId === undefined ? undefined : this.#byLeg.get(legId);
    const { method, status, cseq, hasSdp, retransmission } = summary;
    const fields = { direction, method, status, cseq, hasSdp, retransmission };
    (call?.log ?? this.#options.log).debug(fields, 'sip');
  }

  #onLegMessage(leg: BrowserLeg, message: Exclude<ClientMessage, { type: 'call.start' | 'presence.set' }>): void {
    const call = this.#byLeg.get(leg.id);
    if (call === undefined) return;
    const legId = leg.id;
    leg.asked(message.type);
    switch (message.type) {
      case 'call.accept':
        call.handle({ type: 'leg.answered', legId, sdp: message.sdp });
        return;
      case 'call.reject': {
        const code = message.reason === 'busy' ? 'sip.busy' : 'sip.declined';
        call.handle({ type: 'leg.failed', legId, fault: fault(code) });
        return;
      }
      case 'call.hangup':
        call.handle({ type: 'leg.ended', legId });
        return;
      case 'call.description':
        if (message.kind === 'offer') call.handle({ type: 'leg.description', legId, sdp: message.sdp });
        return;
      case 'call.receiving':
        call.handle({ type: 'leg.receiving', legId });
        return;
      case 'call.report':
        call.log.info({ leg: legId, report: message.report }, 'browser report');
        return;
    }
  }

  async #startFromBrowser(session: BrowserSession, message: StartMessage): Promise<void> {
    const { callId, to, sdp, displayName } = message;
    const refuse = (failure: Fault): void =>
      session.send({ type: 'call.ended', callId, result: 'failed', by: 'gateway', fault: failure });
    const admitted = this.#admit(callId);
    if (!admitted.ok) return refuse(admitted.error);
    const log = this.#options.log.child({ callId });
    const name = session.identity.name;
    log.info({ from: new Pii(name), to: new Pii(to), kind: 'browser' }, 'call starts');
    const callee = mayCall(session.identity, to)
      ? await this.#callees.find(callId, to, this.#options.routes, session)
      : err(fault('auth.destination_not_allowed'));
    const givenUp = this.#starting.get(callId)?.givenUp === true;
    this.#starting.delete(callId);
    if (givenUp || session.ended) {
      session.send({ type: 'call.ended', callId, result: 'cancelled', by: 'browser' });
      return;
    }
    if (!callee.ok) {
      log.warn({ code: callee.error.code }, 'call refused');
      return refuse(callee.error);
    }
    const caller = new BrowserLeg(
      `${callId}-a`,
      session,
      callId,
      'caller',
      this.#options.config.calls.audioSeconds * 1000,
    );
    const uri = uriOf(name, callee.value.advertised);
    this.#begin(callId, log, callee.value, caller, {
      legId: caller.id,
      kind: 'browser',
      offerSdp: sdp,
      uri,
      ...(displayName === undefined ? {} : { displayName }),
    });
  }

  async #startFromSip({ legId, request, sdp, flow }: IncomingEvent): Promise<void> {
    const { agent } = this.#options;
    const reject = (status: number): void => agent.handle({ type: 'reject', legId, status });
    const wanted = request.sessionId;
    const callId = wanted !== undefined && this.#isFree(wanted) ? wanted : legId;
    const log = this.#options.log.child({ callId });
    const to = request.uri.user ?? '';
    const { from } = request;
    log.info({ from: new Pii(from.uri), to: new Pii(to), kind: 'sip' }, 'call starts');
    const admitted = this.#admit(callId, legId);
    if (!admitted.ok) return reject(503);
    const callee = await this.#callees.find(callId, to, this.#options.inboundRoutes);
    const advertised = await advertisedTowards(flow.remote.address, this.#options.config.sip.advertisedAddress);
    const givenUp = this.#starting.get(legId)?.givenUp === true;
    this.#starting.delete(legId);
    this.#starting.delete(callId);
    if (givenUp) return;
    if (!callee.ok) {
      log.info({ code: callee.error.code }, 'call refused');
      return reject(callee.error.code === 'call.invalid_destination' ? 484 : 404);
    }
    if (sdp === undefined) {
      log.warn({ code: 'media.no_audio' }, 'an INVITE without an offer is not supported');
      return reject(488);
    }
    const here = { ...callee.value, advertised: { address: advertised, port: agent.local.port } };
    this.#begin(callId, log, here, new SipLeg(legId, agent), {
      legId,
      kind: 'sip',
      offerSdp: sdp,
      uri: from.uri,
      ...(from.displayName === undefined ? {} : { displayName: from.displayName }),
    });
  }

  /** Checks that a call may begin under this id, and remembers it as starting. */
  #admit(callId: string, legId = callId): Result<void> {
    if (this.#stopping) return err(fault('signaling.server_stopping'));
    if (!this.#isFree(callId)) return err(fault('call.wrong_state', 'the call id is in use', 'callId'));
    if (this.#calls.size + this.#starting.size >= this.#options.config.calls.maxCalls) {
      return err(fault('call.limit_reached'));
    }
    const starting = { givenUp: false };
    this.#starting.set(callId, starting);
    this.#starting.set(legId, starting);
    return ok(undefined);
  }

  #isFree(callId: string): boolean {
    return !this.#calls.has(callId) && !this.#starting.has(callId);
  }

  #begin(
    callId: string,
    log: Log,
    callee: Callee,
    caller: Leg,
    description: Extract<CallInput, { type: 'start' }>['caller'],
  ): void {
    const media = this.#options.assignMedia(callId);
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
      log,
      media: (command) => media.send(command),
      onEnded: () => this.#forget(call),
    });
    this.#calls.set(callId, call);
    this.#byLeg.set(caller.id, call);
    this.#byLeg.set(callee.leg.id, call);
    const { kind, target } = callee;
    call.handle({ type: 'start', caller: description, callee: { legId: callee.leg.id, kind, target } });
  }

  #forget(call: ActiveCall): void {
    this.#calls.delete(call.id);
    this.#byLeg.delete(call.caller.id);
    this.#byLeg.delete(call.callee.id);
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

/** The SIP address of a browser's user; without an address of ours on the way, one that leads nowhere. */
function uriOf(name: string, advertised: TransportAddress | undefined): string {
  return `sip:${name}@${advertised === undefined ? 'anonymous.invalid' : formatAddress(advertised)}`;
}
