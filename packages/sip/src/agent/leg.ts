import type { Authenticator } from '../auth/authenticator.js';
import { Headers } from '../message/headers.js';
import type { SipRequest } from '../message/message.js';
import { NIL_SESSION_ID, printSessionId, senderSessionId } from '../message/session-id.js';
import { TimerSet } from '../time/timer-set.js';
import type { ServerTransaction } from '../transaction/layer.js';
import type { SipFlow } from '../transport/flow.js';
import type { AgentCore } from './core.js';
import { parseDtmf } from './dtmf.js';
import { sdpOf } from './sdp-body.js';
import type { Session } from './session.js';
import type { SipEvent } from './types.js';

/**
 * `2xx`: send the answer again; `ack`: it was never acknowledged; `ringing`: send the 18x again;
 * `cancel`: nobody answers after our CANCEL.
 */
export type LegTimer = '2xx' | 'ack' | 'ringing' | 'cancel';

export interface LegIdentity {
  readonly id: string;
  readonly flow: SipFlow;
  readonly callId: string;
  readonly localTag: string;
  /** The user part of our Contact, as on the wire. */
  readonly contactUser: string | undefined;
  readonly sessionId: string | undefined;
  readonly authenticator?: Authenticator;
}

/** One call leg: an INVITE that we sent (OutgoingLeg) or received (IncomingLeg), and the session it leads to. */
export abstract class Leg {
  readonly id: string;
  readonly flow: SipFlow;
  readonly callId: string;
  readonly localTag: string;
  readonly core: AgentCore;
  readonly authenticator: Authenticator | undefined;
  readonly timers: TimerSet<LegTimer>;
  protected session: Session | undefined;
  readonly #contactUser: string | undefined;
  readonly #localSessionId: string | undefined;
  #remoteSessionId = NIL_SESSION_ID;
  #ended = false;

  constructor(core: AgentCore, identity: LegIdentity) {
    this.core = core;
    this.id = identity.id;
    this.flow = identity.flow;
    this.callId = identity.callId;
    this.localTag = identity.localTag;
    this.authenticator = identity.authenticator;
    this.#contactUser = identity.contactUser;
    this.#localSessionId = identity.sessionId;
    this.timers = new TimerSet(() => core.rearm(this));
  }

  /** Whether the peer's tag belongs to this leg. */
  abstract speaksTo(remoteTag: string | undefined): boolean;
  /** Whatever ends the leg in its present state. */
  abstract hangup(reasonHeader?: string): void;
  /** A request before the session stands. */
  protected abstract onEarlyRequest(transaction: ServerTransaction): void;
  protected abstract onTimer(name: LegTimer): void;

  /** For an incoming leg: its INVITE was cancelled. For any: a re-INVITE was. */
  onCancel(transaction: ServerTransaction, _cancel: SipRequest): void {
    this.session?.cancelled(transaction);
  }

  get established(): Session | undefined {
    return this.session;
  }

  onRequest(transaction: ServerTransaction): void {
    if (this.session === undefined) this.onEarlyRequest(transaction);
    else this.session.receive(transaction);
  }

  onAck(ack: SipRequest): void {
    this.session?.onAck(ack);
  }

  timeout(): void {
    const { now } = this.core;
    for (let due = this.timers.takeDue(now); due !== undefined; due = this.timers.takeDue(now)) this.onTimer(due);
  }

  /** Emits the one event that ends this leg. */
  protected end(event: Extract<SipEvent, { type: 'failed' | 'ended' | 'cancelled' }>): void {
    if (this.#ended) return;
    this.#ended = true;
    this.core.forget(this);
    this.core.emit(event);
  }

  ended(by: 'remote' | 'local', more: Partial<Extract<SipEvent, { type: 'ended' }>> = {}): void {
    this.end({ ...more, type: 'ended', legId: this.id, by });
  }

  learnSessionId(headers: Headers): void {
    this.#remoteSessionId = senderSessionId(headers.get('Session-ID')) ?? this.#remoteSessionId;
  }

  /** Session-ID, when this leg has one. */
  get sessionIdHeaders(): Headers {
    if (this.#localSessionId === undefined) return Headers.EMPTY;
    const value = printSessionId({ local: this.#localSessionId, remote: this.#remoteSessionId });
    return Headers.of({ 'Session-ID': value });
  }

  /** Contact and Session-ID, for messages that open or refresh a dialog. */
  get dialogHeaders(): Headers {
    const contact = this.core.contact(this.flow, this.#contactUser);
    return Headers.of({ Contact: contact }).concat(this.sessionIdHeaders);
  }

  /** An INFO; true when it carried a digit. */
  dtmf(transaction: ServerTransaction): boolean {
    const dtmf = parseDtmf(transaction.request);
    if (dtmf !== undefined) this.core.emit({ type: 'dtmf', legId: this.id, ...dtmf });
    return dtmf !== undefined;
  }

  /** INFO, UPDATE and whatever else may come in an early dialog. */
  protected answerEarly(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.method === 'UPDATE' && sdpOf(request) === undefined) {
      this.core.respond(transaction, 200, { headers: this.dialogHeaders });
    } else if (request.method === 'INFO' && this.dtmf(transaction)) this.core.respond(transaction, 200);
    else this.core.respond(transaction, request.method === 'INVITE' ? 491 : 488);
  }
}
