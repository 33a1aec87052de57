import { type Fault, fault, type Millis } from '@earshot/base';
import { Channel } from './channel.js';
import type {
  ByeFrame,
  ClientFrame,
  HelloFrame,
  LeavingFrame,
  MessageFrame,
  ServerFrame,
  WelcomeFrame,
} from './frames.js';
import { Heartbeat } from './heartbeat.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { CLOSE, TIMING } from './protocol.js';
import { reconnectDelay } from './reconnect.js';

export interface ClientSessionOptions {
  /** In [0, 1), for the jitter of reconnections. */
  readonly random: () => number;
  /** Attempts before the first welcome until it fails. After it, attempts never end. */
  readonly firstAttempts?: number;
  /** Name and version of the SDK. */
  readonly client?: string;
  /** Relays of this region come first. */
  readonly region?: string;
}

export type ClientSessionState =
  | 'idle'
  /** On the way to the first welcome. */
  | 'connecting'
  | 'ready'
  /** The connection is lost; messages wait. */
  | 'reconnecting'
  | 'closed';

/** `connection`: the number of the `connect` output that the shell's socket belongs to. */
export type ClientSessionInput =
  /** `adopt`: the session that the page before had, where it left one. */
  | { readonly type: 'connect'; readonly adopt?: string }
  /** The socket is open, and this is the token for its hello. */
  | { readonly type: 'opened'; readonly connection: number; readonly token: string }
  | { readonly type: 'frame'; readonly connection: number; readonly frame: ServerFrame }
  /** The socket closed or never opened, or no token was to be had. */
  | { readonly type: 'closed'; readonly connection: number; readonly fault?: Fault }
  | { readonly type: 'send'; readonly message: ClientMessage }
  /** The network changed, the page woke up, or media stopped: prove the connection now, or try again without delay. */
  | { readonly type: 'suspect' }
  /** The page goes, and the next one may take the session up: it is not ended. */
  | { readonly type: 'leave' }
  /** Says bye: the session ends with its calls. */
  | { readonly type: 'close' }
  | { readonly type: 'timeout' };

export type ClientSessionOutput =
  /** Get a token, open a socket, then hand in `opened` or `closed`. */
  | { readonly type: 'connect'; readonly connection: number }
  | { readonly type: 'transmit'; readonly connection: number; readonly frame: ClientFrame }
  /** Close this socket, or give up opening it. No `closed` is expected for it. */
  | { readonly type: 'disconnect'; readonly connection: number; readonly code: number }
  | { readonly type: 'deliver'; readonly message: ServerMessage }
  /** The session before could not be taken up again: its calls and what was not yet sent are gone. */
  | { readonly type: 'lost'; readonly fault: Fault }
  | { readonly type: 'welcome'; readonly welcome: WelcomeFrame }
  /** The fault says why it is `reconnecting` or `closed`. */
  | { readonly type: 'state'; readonly state: ClientSessionState; readonly fault?: Fault }
  /** Hand in `timeout` at this time; replaces the one before. */
  | { readonly type: 'timer'; readonly at: Millis | undefined };

/**
 * The browser's end of a session (sans-IO).
 *
 *   idle -- connect --> connecting -- welcome --> ready <-- welcome --> reconnecting
 *                           |                       |    lost, dead         |
 *                           +--- attempts used up --+------- refused -------+----> closed
 */
export class ClientSession {
  readonly #options: ClientSessionOptions;
  readonly #firstAttempts: number;
  #channel = new Channel<ClientMessage, ServerMessage>();
  #state: ClientSessionState = 'idle';
  #sessionId: string | undefined;
  /** Of the page before, until the first welcome. */
  #adopt: string | undefined;
  #connection = 0;
  #socket: 'none' | 'opening' | 'greeted' | 'welcomed' = 'none';
  #attempt = 0;
  #expiredTokens = 0;
  #refusal: Fault | undefined;
  #welcomedAt: Millis = 0;
  #heartbeat: Heartbeat | undefined;
  #acknowledgeAt: Millis | undefined;
  #connectAt: Millis | undefined;
  #connectBy: Millis | undefined;
  #timer: Millis | undefined;

  constructor(options: ClientSessionOptions) {
    this.#options = options;
    this.#firstAttempts = options.firstAttempts ?? 3;
  }

  get state(): ClientSessionState {
    return this.#state;
  }

  handle(now: Millis, input: ClientSessionInput): ClientSessionOutput[] {
    const outputs = this.#dispatch(now, input);
    // A timer that fired is spent, even if the next one is due at the same time.
    if (input.type === 'timeout') this.#timer = undefined;
    const timer = this.#nextTimer();
    if (timer !== this.#timer) outputs.push({ type: 'timer', at: timer });
    this.#timer = timer;
    return outputs;
  }

  #dispatch(now: Millis, input: ClientSessionInput): ClientSessionOutput[] {
    switch (input.type) {
      case 'connect':
        if (this.#state !== 'idle' && this.#state !== 'closed') return [];
        this.#attempt = 0;
        this.#expiredTokens = 0;
        this.#adopt = input.adopt;
        return [this.#become('connecting'), ...this.#connect(now)];
      case 'opened':
        return this.#isCurrent(input.connection) && this.#socket === 'opening' ? this.#greet(input.token) : [];
      case 'frame':
        return this.#isCurrent(input.connection) ? this.#receive(now, input.frame) : [];
      case 'closed':
        return this.#isCurrent(input.connection) ? this.#dropped(now, input.fault) : [];
      case 'send':
        return this.#send(now, input.message);
      case 'suspect':
        return this.#suspect(now);
      case 'leave':
        return this.#end({ type: 'leaving' });
      case 'close':
        return this.#end({ type: 'bye' });
      case 'timeout':
        return this.#timeout(now);
    }
  }

  #isCurrent(connection: number): boolean {
    return connection === this.#connection && this.#socket !== 'none';
  }

  #become(state: ClientSessionState, why?: Fault): ClientSessionOutput {
    this.#state = state;
    return { type: 'state', state, ...(why === undefined ? {} : { fault: why }) };
  }

  #connect(now: Millis): ClientSessionOutput[] {
    this.#connection += 1;
    this.#socket = 'opening';
    this.#attempt += 1;
    this.#refusal = undefined;
    this.#connectAt = undefined;
    this.#connectBy = now + TIMING.connect;
    return [{ type: 'connect', connection: this.#connection }];
  }

  #greet(token: string): ClientSessionOutput[] {
    this.#socket = 'greeted';
    const resume = this.#resume();
    const { client, region } = this.#options;
    const about = { ...(client === undefined ? {} : { client }), ...(region === undefined ? {} : { region }) };
    return [this.#transmit({ type: 'hello', token, ...(resume === undefined ? {} : { resume }), ...about })];
  }

  #resume(): HelloFrame['resume'] {
    if (this.#sessionId !== undefined) return { sessionId: this.#sessionId, received: this.#channel.received };
    // What a welcome that was lost on the way began is begun again.
    return this.#adopt === undefined ? undefined : { sessionId: this.#adopt, received: 0, afresh: true };
  }

  #transmit(frame: ClientFrame): ClientSessionOutput {
    return { type: 'transmit', connection: this.#connection, frame };
  }

  #receive(now: Millis, frame: ServerFrame): ClientSessionOutput[] {
    if (frame.type === 'error') {
      this.#refusal = frame.fault;
      return this.#dropped(now, frame.fault, CLOSE.normal);
    }
    if (frame.type === 'welcome') return this.#socket === 'greeted' ? this.#welcome(now, frame) : [];
    if (this.#socket !== 'welcomed') return this.#misbehaved(now, `${frame.type} before the welcome`);
    this.#heartbeat?.heard(now);
    switch (frame.type) {
      case 'message':
        return this.#receiveMessage(now, frame);
      case 'ack':
        return this.#channel.acknowledged(frame.ack) ? [] : this.#misbehaved(now, 'acknowledges too much');
      case 'ping':
        return [this.#transmit({ type: 'pong' })];
      case 'pong':
        return [];
      case 'bye':
        return this.#dropped(now, fault('signaling.ws_dropped'), CLOSE.normal);
    }
  }

  #welcome(now: Millis, welcome: WelcomeFrame): ClientSessionOutput[] {
    const outputs: ClientSessionOutput[] = [];
    const goesOn = welcome.resumed && this.#channel.covers(welcome.received);
    if (welcome.resumed && !goesOn) return this.#misbehaved(now, 'has received what was never sent');
    if (!goesOn && this.#sessionId !== undefined) {
      this.#channel = new Channel();
      outputs.push({ type: 'lost', fault: fault('signaling.resume_expired') });
    }
    if (goesOn) this.#channel.acknowledged(welcome.received);
    this.#sessionId = welcome.sessionId;
    this.#adopt = undefined;
    this.#socket = 'welcomed';
    this.#welcomedAt = now;
    this.#expiredTokens = 0;
    this.#connectBy = undefined;
    this.#heartbeat = new Heartbeat(welcome.heartbeatMs, now);
    outputs.push({ type: 'welcome', welcome }, this.#become('ready'));
    for (const frame of this.#channel.framesAfter(0)) outputs.push(this.#transmit(frame));
    return outputs;
  }

  #receiveMessage(now: Millis, frame: MessageFrame<ServerMessage>): ClientSessionOutput[] {
    if (!this.#channel.acknowledged(frame.ack)) return this.#misbehaved(now, 'acknowledges too much');
    const taken = this.#channel.take(frame);
    if (taken === 'gap') return this.#misbehaved(now, 'messages are missing before this one');
    this.#acknowledgeAt ??= now + TIMING.acknowledge;
    return taken === 'new' ? [{ type: 'deliver', message: frame.message }] : [];
  }

  #misbehaved(now: Millis, detail: string): ClientSessionOutput[] {
    return this.#dropped(now, fault('signaling.bad_message', detail), CLOSE.badMessage);
  }

  /** The connection is gone, or is closed from here with `code`. */
  #dropped(now: Millis, why: Fault | undefined, code?: number): ClientSessionOutput[] {
    const outputs: ClientSessionOutput[] = [];
    if (code !== undefined) outputs.push({ type: 'disconnect', connection: this.#connection, code });
    if (this.#socket === 'welcomed' && now - this.#welcomedAt >= TIMING.stable) this.#attempt = 0;
    this.#forgetSocket();
    const reason =
      this.#refusal ??
      why ??
      fault(this.#sessionId === undefined ? 'signaling.ws_unreachable' : 'signaling.ws_dropped');
    if (this.#isFinal(reason)) return [...outputs, ...this.#giveUp(reason)];
    if (this.#state === 'connecting' && this.#attempt >= this.#firstAttempts)
      return [...outputs, ...this.#giveUp(reason)];
    if (this.#state === 'ready') outputs.push(this.#become('reconnecting', reason));
    this.#connectAt = now + reconnectDelay(this.#attempt, this.#options.random());
    return outputs;
  }

  #forgetSocket(): void {
    this.#socket = 'none';
    this.#heartbeat = undefined;
    this.#acknowledgeAt = undefined;
    this.#connectBy = undefined;
  }

  /** Whether the same attempt would only be refused again. An expired token is worth one fresh one. */
  #isFinal(reason: Fault): boolean {
    if (reason.code === 'auth.token_expired') {
      this.#expiredTokens += 1;
      return this.#expiredTokens > 1;
    }
    if (reason !== this.#refusal) return false;
    const { code } = reason;
    return (
      code.startsWith('auth.') ||
      code === 'signaling.foreign_origin' ||
      code === 'signaling.replaced' ||
      code === 'signaling.bad_message' ||
      code === 'signaling.message_too_large'
    );
  }

  #giveUp(reason: Fault): ClientSessionOutput[] {
    const hadSession = this.#sessionId !== undefined;
    this.#forgetSession();
    return [...(hadSession ? [{ type: 'lost', fault: reason } as const] : []), this.#become('closed', reason)];
  }

  #forgetSession(): void {
    this.#forgetSocket();
    this.#sessionId = undefined;
    this.#adopt = undefined;
    this.#connectAt = undefined;
    this.#channel = new Channel();
  }

  #send(now: Millis, message: ClientMessage): ClientSessionOutput[] {
    if (!this.#channel.hold(message)) {
      // Nothing was acknowledged for hundreds of messages: start afresh rather than lose one of them in silence.
      const why = fault('signaling.too_many_messages', 'the outbox is full');
      const lost = { type: 'lost', fault: why } as const;
      this.#sessionId = undefined;
      this.#channel = new Channel();
      return this.#socket === 'none' ? [lost] : [lost, ...this.#dropped(now, why, CLOSE.normal)];
    }
    if (this.#socket !== 'welcomed') return [];
    this.#acknowledgeAt = undefined;
    return this.#channel.framesAfter(this.#channel.lastSeq - 1).map((frame) => this.#transmit(frame));
  }

  #suspect(now: Millis): ClientSessionOutput[] {
    if (this.#socket === 'welcomed') {
      this.#heartbeat?.suspect(now);
      return [this.#transmit({ type: 'ping' })];
    }
    return this.#connectAt === undefined ? [] : this.#connect(now);
  }

  #end(farewell: LeavingFrame | ByeFrame): ClientSessionOutput[] {
    if (this.#state === 'idle' || this.#state === 'closed') return [];
    const outputs: ClientSessionOutput[] = [];
    if (this.#socket === 'welcomed') outputs.push(this.#transmit(farewell));
    if (this.#socket !== 'none') outputs.push({ type: 'disconnect', connection: this.#connection, code: CLOSE.normal });
    this.#forgetSession();
    return [...outputs, this.#become('closed')];
  }

  #timeout(now: Millis): ClientSessionOutput[] {
    if (this.#connectAt !== undefined && now >= this.#connectAt) return this.#connect(now);
    if (this.#connectBy !== undefined && now >= this.#connectBy) {
      return this.#dropped(now, fault('signaling.timeout'), CLOSE.timeout);
    }
    const health = this.#heartbeat?.check(now) ?? 'wait';
    if (health === 'dead') return this.#dropped(now, fault('signaling.ws_dropped', 'no sign of life'), CLOSE.timeout);
    const outputs = health === 'ask' ? [this.#transmit({ type: 'ping' })] : [];
    if (this.#acknowledgeAt !== undefined && now >= this.#acknowledgeAt) {
      this.#acknowledgeAt = undefined;
      outputs.push(this.#transmit({ type: 'ack', ack: this.#channel.acknowledge() }));
    }
    return outputs;
  }

  #nextTimer(): Millis | undefined {
    const times = [this.#connectAt, this.#connectBy, this.#heartbeat?.dueAt, this.#acknowledgeAt];
    const due = times.filter((time) => time !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }
}
