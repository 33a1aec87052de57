import { type Fault, fault, type Millis } from '@earshot/base';
import { Channel } from './channel.js';
import type {
  ClientFrame,
  FallbackPolicy,
  HelloFrame,
  IceSettings,
  Identity,
  MessageFrame,
  OngoingCall,
  ServerFrame,
} from './frames.js';
import { Heartbeat } from './heartbeat.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { CLOSE, TIMING } from './protocol.js';

export interface ServerSessionOptions {
  /** Unguessable: together with a token of the same subject it takes the session up again. */
  readonly sessionId: string;
  readonly identity: Identity;
  readonly mayCall: readonly string[];
  readonly heartbeatMs?: Millis;
  readonly graceMs?: Millis;
  /** How long it waits for a page that said it is leaving, instead of `graceMs`. */
  readonly reloadMs?: Millis;
  readonly fallback?: FallbackPolicy;
}

/** `connection`: a number the shell gives each WebSocket, so that a late event of an old one is not taken for the new. */
export type ServerSessionInput =
  /** A socket whose hello is verified, with a token of this session's subject. Check `resumable` first on a resume. */
  | {
      readonly type: 'attach';
      readonly connection: number;
      readonly hello: HelloFrame;
      /** For the welcome. Fresh credentials later go out as a message. */
      readonly ice: IceSettings;
      /** For the welcome of a page that was loaded anew. */
      readonly calls?: readonly OngoingCall[];
    }
  | { readonly type: 'frame'; readonly connection: number; readonly frame: ClientFrame }
  /** The socket closed. */
  | { readonly type: 'detach'; readonly connection: number }
  | { readonly type: 'send'; readonly message: ServerMessage }
  /** Ends the session: the fault goes to the browser. */
  | { readonly type: 'end'; readonly fault: Fault }
  | { readonly type: 'timeout' };

type AttachInput = Extract<ServerSessionInput, { readonly type: 'attach' }>;

export type ServerSessionOutput =
  | { readonly type: 'transmit'; readonly connection: number; readonly frame: ServerFrame }
  /** Close this socket, after what was transmitted on it. */
  | { readonly type: 'disconnect'; readonly connection: number; readonly code: number; readonly fault: Fault }
  | { readonly type: 'deliver'; readonly message: ClientMessage }
  | { readonly type: 'attached'; readonly resumed: boolean }
  /** No connection; the grace period runs. `leaving`: the short one. */
  | { readonly type: 'detached'; readonly leaving: boolean }
  /** Hand in `timeout` at this time; replaces the one before. */
  | { readonly type: 'timer'; readonly at: Millis | undefined }
  /** The session is over. Without a fault the browser said bye. */
  | { readonly type: 'ended'; readonly fault?: Fault };

/**
 * The gateway's end of a session (sans-IO). A page that was loaded anew takes it up with `afresh`: the session and its
 * calls go on, and both directions of the channel begin again.
 *
 *              attach                   detach, dead, gap
 *   created ------------> attached <----------------------> detached --- grace over ---> ended
 *                            |                attach
 *                            +---- bye, end, outbox full ------------------------------> ended
 */
export class ServerSession {
  readonly options: ServerSessionOptions;
  #channel = new Channel<ServerMessage, ClientMessage>();
  readonly #heartbeatMs: Millis;
  readonly #graceMs: Millis;
  readonly #reloadMs: Millis;
  /** How often a page that was loaded anew took it up. */
  #adoptions = 0;
  #leaving = false;
  #connection: number | undefined;
  #heartbeat: Heartbeat | undefined;
  #acknowledgeAt: Millis | undefined;
  #graceEndsAt: Millis | undefined;
  #fresh = true;
  #ended = false;
  #timer: Millis | undefined;

  constructor(options: ServerSessionOptions) {
    this.options = options;
    this.#heartbeatMs = options.heartbeatMs ?? TIMING.heartbeat;
    this.#graceMs = options.graceMs ?? TIMING.grace;
    this.#reloadMs = options.reloadMs ?? TIMING.reload;
  }

  /** The session that a hello names, whichever of its pages says it. */
  static idOf(name: string): string {
    return name.split('.', 1)[0] ?? '';
  }

  /** What the page of now calls it: a page before, which may still be about, cannot go on where this one is. */
  get name(): string {
    const { sessionId } = this.options;
    return this.#adoptions === 0 ? sessionId : `${sessionId}.${this.#adoptions}`;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get attached(): boolean {
    return this.#connection !== undefined;
  }

  /** Whether its page said that it goes: the next one may have the session. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /**
   * Whether the page that asks can go on here. Otherwise give it a new session. Of one that was loaded anew whether the
   * page before is gone is for the caller to find out.
   */
  resumable({ sessionId, received, afresh }: NonNullable<HelloFrame['resume']>): boolean {
    if (this.#ended) return false;
    return afresh === true || (sessionId === this.name && this.#channel.covers(received));
  }

  handle(now: Millis, input: ServerSessionInput): ServerSessionOutput[] {
    if (this.#ended) return [];
    const outputs = this.#dispatch(now, input);
    // A timer that fired is spent, even if the next one is due at the same time.
    if (input.type === 'timeout') this.#timer = undefined;
    const timer = this.#nextTimer();
    if (timer !== this.#timer) outputs.push({ type: 'timer', at: timer });
    this.#timer = timer;
    return outputs;
  }

  #dispatch(now: Millis, input: ServerSessionInput): ServerSessionOutput[] {
    switch (input.type) {
      case 'attach':
        return this.#attach(now, input);
      case 'frame':
        return input.connection === this.#connection ? this.#receive(now, input.connection, input.frame) : [];
      case 'detach':
        return input.connection === this.#connection ? this.#detach(now) : [];
      case 'send':
        return this.#send(input.message);
      case 'end':
        return this.#end(CLOSE.goingAway, input.fault);
      case 'timeout':
        return this.#timeout(now);
    }
  }

  #attach(now: Millis, { connection, hello, ice, calls }: AttachInput): ServerSessionOutput[] {
    const outputs: ServerSessionOutput[] = [];
    if (this.#connection !== undefined) {
      // The browser changed networks and came back before the old connection was known to be dead.
      outputs.push(...this.#refuse(this.#connection, CLOSE.replaced, fault('signaling.replaced')));
    }
    const resumed = !this.#fresh;
    const afresh = resumed && hello.resume?.afresh === true;
    if (afresh) {
      this.#channel = new Channel();
      this.#adoptions += 1;
    }
    this.#fresh = false;
    this.#leaving = false;
    this.#connection = connection;
    this.#heartbeat = new Heartbeat(this.#heartbeatMs, now);
    this.#graceEndsAt = undefined;
    if (resumed) this.#channel.acknowledged(hello.resume?.received ?? 0);
    const { identity, mayCall, fallback } = this.options;
    const welcome: ServerFrame = {
      type: 'welcome',
      sessionId: this.name,
      resumed,
      received: this.#channel.acknowledge(),
      heartbeatMs: this.#heartbeatMs,
      graceMs: this.#graceMs,
      identity,
      mayCall,
      ice,
      ...(fallback === undefined ? {} : { fallback }),
      ...(afresh ? { calls: calls ?? [] } : {}),
    };
    this.#acknowledgeAt = undefined;
    outputs.push({ type: 'transmit', connection, frame: welcome }, { type: 'attached', resumed });
    for (const frame of this.#channel.framesAfter(0)) outputs.push({ type: 'transmit', connection, frame });
    return outputs;
  }

  #receive(now: Millis, connection: number, frame: ClientFrame): ServerSessionOutput[] {
    this.#heartbeat?.heard(now);
    // Whatever comes after a farewell comes of a page that stayed.
    this.#leaving = frame.type === 'leaving';
    switch (frame.type) {
      case 'message':
        return this.#receiveMessage(now, connection, frame);
      case 'ack':
        return this.#channel.acknowledged(frame.ack) ? [] : this.#misbehaved(now, connection, 'acknowledges too much');
      case 'ping':
        return [{ type: 'transmit', connection, frame: { type: 'pong' } }];
      case 'pong':
        return [];
      case 'leaving':
        return [];
      case 'bye':
        this.#ended = true;
        return [
          { type: 'disconnect', connection, code: CLOSE.normal, fault: fault('signaling.client_gone') },
          { type: 'ended' },
        ];
      case 'hello':
        return this.#misbehaved(now, connection, 'a second hello');
    }
  }

  #receiveMessage(now: Millis, connection: number, frame: MessageFrame<ClientMessage>): ServerSessionOutput[] {
    if (!this.#channel.acknowledged(frame.ack)) return this.#misbehaved(now, connection, 'acknowledges too much');
    switch (this.#channel.take(frame)) {
      case 'gap':
        return this.#misbehaved(now, connection, 'messages are missing before this one');
      case 'duplicate':
        this.#acknowledgeAt ??= now + TIMING.acknowledge;
        return [];
      case 'new':
        this.#acknowledgeAt ??= now + TIMING.acknowledge;
        return [{ type: 'deliver', message: frame.message }];
    }
  }

  #misbehaved(now: Millis, connection: number, detail: string): ServerSessionOutput[] {
    const bad = fault('signaling.bad_message', detail);
    return [...this.#refuse(connection, CLOSE.badMessage, bad), ...this.#detach(now)];
  }

  #refuse(connection: number, code: number, why: Fault): ServerSessionOutput[] {
    return [
      { type: 'transmit', connection, frame: { type: 'error', fault: why } },
      { type: 'disconnect', connection, code, fault: why },
    ];
  }

  #detach(now: Millis): ServerSessionOutput[] {
    this.#connection = undefined;
    this.#heartbeat = undefined;
    this.#acknowledgeAt = undefined;
    this.#graceEndsAt = now + (this.#leaving ? Math.min(this.#reloadMs, this.#graceMs) : this.#graceMs);
    return [{ type: 'detached', leaving: this.#leaving }];
  }

  #send(message: ServerMessage): ServerSessionOutput[] {
    // Figures are of this moment: nobody wants them half a minute later, in place of a call's state.
    if (message.type === 'call.stats' && this.#connection === undefined) return [];
    if (!this.#channel.hold(message)) {
      return this.#end(
        CLOSE.tooManyMessages,
        fault('signaling.too_many_messages', 'nothing was acknowledged for long'),
      );
    }
    const connection = this.#connection;
    if (connection === undefined) return [];
    this.#acknowledgeAt = undefined;
    return this.#channel
      .framesAfter(this.#channel.lastSeq - 1)
      .map((frame) => ({ type: 'transmit', connection, frame }));
  }

  #end(code: number, why: Fault): ServerSessionOutput[] {
    const connection = this.#connection;
    this.#ended = true;
    return [...(connection === undefined ? [] : this.#refuse(connection, code, why)), { type: 'ended', fault: why }];
  }

  #timeout(now: Millis): ServerSessionOutput[] {
    if (this.#graceEndsAt !== undefined && now >= this.#graceEndsAt) {
      this.#ended = true;
      return [{ type: 'ended', fault: fault('signaling.client_gone') }];
    }
    const connection = this.#connection;
    if (connection === undefined) return [];
    const outputs: ServerSessionOutput[] = [];
    const health = this.#heartbeat?.check(now) ?? 'wait';
    if (health === 'dead') {
      const why = fault('signaling.ws_dropped', 'no sign of life');
      return [{ type: 'disconnect', connection, code: CLOSE.timeout, fault: why }, ...this.#detach(now)];
    }
    if (health === 'ask') outputs.push({ type: 'transmit', connection, frame: { type: 'ping' } });
    if (this.#acknowledgeAt !== undefined && now >= this.#acknowledgeAt) {
      this.#acknowledgeAt = undefined;
      outputs.push({ type: 'transmit', connection, frame: { type: 'ack', ack: this.#channel.acknowledge() } });
    }
    return outputs;
  }

  #nextTimer(): Millis | undefined {
    if (this.#ended) return undefined;
    const times = [this.#graceEndsAt, this.#heartbeat?.dueAt, this.#acknowledgeAt];
    const due = times.filter((time) => time !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }
}
