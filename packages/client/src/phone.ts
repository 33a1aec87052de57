import { type Fault, type Millis, randomCallId } from '@earshot/base';
import type {
  CallId,
  ClientSessionState,
  IcePolicy,
  IceSettings,
  Identity,
  OngoingCall,
  Party,
  ServerMessage,
  WelcomeFrame,
} from '@earshot/signaling';
import type { BrowserEvent, PrivacyLevel } from '@earshot/telemetry';
import type { Browser, PageEvent, Speaker } from './browser.js';
import { Call } from './call.js';
import type { CallContext, CallOptions } from './call-events.js';
import { UNANSWERED } from './call-state.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { type Devices, devicesOf } from './devices/devices.js';
import { EarshotError } from './earshot-error.js';
import { Emitter } from './emitter.js';
import type { EvidenceBatch, Untimed } from './evidence/evidence.js';
import { evidenceUrl, writeLetter } from './evidence/letter.js';
import { messagesOf, Unsent } from './evidence/unsent.js';
import { Keepsake, type TakenUp } from './lifecycle/keepsake.js';
import { Presence } from './lifecycle/presence.js';
import { type CallIce, iceOfCall } from './media/ice-settings.js';
import { askForNotifications } from './page/notifications.js';
import type { PageOptions } from './page/page-helpers.js';

export interface PhoneOptions extends ConnectionOptions {
  /** Instead of what the gateway says for every call: to try out one kind of path. */
  readonly icePolicy?: IcePolicy;
  /**
   * What the evidence of a call may hold. `full` (unless said): everything that helps. `short`: addresses down to their
   * network (198.51.100.0/24), no names of devices, no messages of the browser. `hidden`: of addresses no more than
   * whether they are private or public.
   */
  readonly privacy?: PrivacyLevel;
  /** What the SDK does to the page besides calling, each of which can be switched off; `false`: nothing. */
  readonly page?: PageOptions | false;
}

export interface PhoneEvents {
  /** `reconnecting` and `closed` come with the reason. */
  readonly state: readonly [state: ClientSessionState, error: EarshotError | undefined];
  /** Somebody calls: `accept()` or `reject()` it. */
  readonly incoming: readonly [call: Call];
  /** A call of either direction began. */
  readonly call: readonly [call: Call];
}

/** What browsers say where none came (RFC 6455 section 7.4.1). */
const NO_CLOSE_FRAME: ReadonlySet<number> = new Set([1005, 1006]);

/** Before the welcome. */
const NO_ICE = { settings: { servers: [], policy: 'all', policies: [] }, received: 0 } as const;

interface Waiter {
  readonly resolve: (welcome: WelcomeFrame) => void;
  readonly reject: (error: EarshotError) => void;
}

/** A phone in a page: one session with the gateway, and the calls on it. */
export class Phone extends Emitter<PhoneEvents> {
  readonly #options: PhoneOptions;
  readonly #browser: Browser;
  readonly #connection: Connection;
  readonly #calls = new Map<CallId, Call>();
  readonly #idleSpeakers: Speaker[] = [];
  #waiters: Waiter[] = [];
  #welcome: WelcomeFrame | undefined;
  #ice: { readonly settings: IceSettings; readonly received: Millis } = NO_ICE;
  readonly #presence: Presence;
  readonly #keepsake: Keepsake;
  #leaving = false;
  #stopWatching: (() => void)[] = [];
  #stopWatchingPage: (() => void) | undefined;
  #lifecycle: string | undefined;
  readonly #unsent = new Unsent();

  constructor(options: PhoneOptions, browser: Browser) {
    super();
    this.#options = options;
    this.#browser = browser;
    this.#presence = new Presence(browser, options.page !== false && options.page?.webLock !== false);
    this.#keepsake = new Keepsake(browser, options.url);
    this.#connection = new Connection(options, browser, {
      message: (message) => this.#receive(message),
      welcome: (welcome) => this.#welcomed(welcome),
      lost: (why) => this.#lost(why),
      state: (state, why) => this.#changed(state, why),
    });
  }

  get state(): ClientSessionState {
    return this.#connection.state;
  }

  /** Who the token says this is; undefined before the first connection. */
  get identity(): Identity | undefined {
    return this.#welcome?.identity;
  }

  /** Destinations that the token allows. */
  get mayCall(): readonly string[] {
    return this.#welcome?.mayCall ?? [];
  }

  /** The microphones and speakers of this page. */
  get devices(): Devices {
    return devicesOf(this.#browser);
  }

  get calls(): readonly Call[] {
    return [...this.#calls.values()];
  }

  /** Resolves once there is a session. Rejects with an EarshotError when there is none to be had. */
  async connect(): Promise<void> {
    await this.#session();
  }

  /** Ends the session and its calls. */
  disconnect(): void {
    for (const call of this.calls) call.hangUp();
    this.#connection.close();
  }

  /**
   * Calls a line name, a number or a SIP address. Call it inside the user's gesture: the microphone is asked for before
   * it returns. What goes wrong afterwards ends the call, and is in its `end`.
   */
  call(to: string, options: CallOptions = {}): Call {
    const callId = randomCallId((length) => this.#browser.randomBytes(length));
    const call = this.#add(callId, { uri: to });
    call.start(options);
    return call;
  }

  /** `handler` is given every call that comes in; returns what takes it off. The same as the event `incoming`. */
  onIncoming(handler: (call: Call) => void): () => void {
    return this.on('incoming', handler);
  }

  /**
   * Asks whether a hidden page may notify of incoming calls; never asked by itself. Call it inside the user's gesture.
   * Never rejects.
   */
  askForNotifications(): Promise<NotificationPermission | 'unsupported'> {
    return askForNotifications();
  }

  /** Whether this page waits for calls. */
  get available(): boolean {
    return this.#presence.available;
  }

  set available(available: boolean) {
    if (available === this.available) return;
    this.#presence.available = available;
    this.#watchPage();
    if (this.state === 'ready' || this.state === 'reconnecting') this.#connection.send(this.#presence.message);
    else if (available) this.connect().catch(() => undefined);
  }

  /** Looks at the connection at once, as after a change of networks. */
  checkConnection(): void {
    this.#check(false);
  }

  #check(networkChanged: boolean): void {
    this.#connection.suspect();
    for (const call of this.#calls.values()) call.doubt(networkChanged);
  }

  #session(): Promise<WelcomeFrame> {
    if (this.state === 'ready' && this.#welcome !== undefined) return Promise.resolve(this.#welcome);
    const promise = new Promise<WelcomeFrame>((resolve, reject) => this.#waiters.push({ resolve, reject }));
    this.#watch();
    this.#connection.connect(this.#keepsake.find()?.sessionId);
    // Somebody waits now: no reason to sit out the delay of a reconnection.
    if (this.state === 'reconnecting') this.#connection.suspect();
    return promise;
  }

  #watch(): void {
    if (this.#stopWatching.length > 0) return;
    this.#stopWatching = [
      this.#browser.onWake((changed) => this.#check(changed)),
      this.#browser.onLeave(() => this.#leave()),
    ];
  }

  /** The page goes: what calls have left to say must not wait for the socket. Those that are answered go on. */
  #leave(): void {
    this.#leaving = true;
    this.#note({ type: 'client.lifecycle', state: 'leaving' });
    const goOn = this.calls.filter((call) => call.leave());
    if (goOn.length > 0) {
      this.#keep(this.#welcome?.graceMs);
      this.#connection.leave();
    } else this.#connection.close();
    this.#leaving = false;
  }

  /** Always up to date, since a page that crashes or is discarded is not told. */
  #keep(forMs?: Millis): void {
    const sessionId = this.#welcome?.sessionId;
    if (sessionId !== undefined) this.#keepsake.keep(sessionId, this.#calls, forMs);
  }

  /** Something that concerns every call. */
  #note(event: PageEvent | Extract<Untimed<BrowserEvent>, { type: 'client.signaling' }>): void {
    if (event.type === 'client.lifecycle') {
      if (event.state === this.#lifecycle) return;
      this.#lifecycle = event.state;
      this.#page(event.state);
    }
    for (const call of this.#calls.values()) call.note(event);
  }

  #page(state: Extract<PageEvent, { type: 'client.lifecycle' }>['state']): void {
    if ((state === 'visible' || state === 'hidden') && this.available) this.#connection.send(this.#presence.message);
  }

  #finished(callId: CallId): void {
    this.#calls.delete(callId);
    this.#keep();
    this.#watchPage();
  }

  /** As long as anything depends on it. */
  #watchPage(): void {
    if (this.#calls.size > 0 || this.available) {
      this.#stopWatchingPage ??= this.#browser.watchPage((event) => this.#note(event));
      return;
    }
    this.#stopWatchingPage?.();
    this.#stopWatchingPage = undefined;
  }

  /** By HTTP, which a page may leave to the browser when it goes. */
  #post(callId: CallId, batch: EvidenceBatch, sentMs: Millis): boolean {
    const { token } = this.#connection;
    const sessionId = this.#welcome?.sessionId;
    if (sessionId === undefined) return false;
    if (batch.events.length + batch.samples.length === 0) return true;
    this.#browser.post(evidenceUrl(this.#options.url), writeLetter({ token, sessionId, callId, sentMs }, batch));
    return true;
  }

  #add(callId: CallId, remote: Party, offer?: string, taken?: TakenUp): Call {
    const context: CallContext = {
      browser: this.#browser,
      callId,
      privacy: this.#options.privacy ?? 'full',
      send: (message) => this.#connection.send(message),
      isConnected: () => this.state === 'ready' && !this.#leaving,
      post: (batch, sentMs) => this.#post(callId, batch, sentMs),
      leave: (left) => {
        if (this.state !== 'ready') this.#unsent.keep(left);
        else for (const message of messagesOf(left, this.#browser.now())) this.#connection.send(message);
      },
      ice: async () => {
        await this.#session();
        return this.#iceFor(call.direction === 'outgoing' ? remote.uri : undefined);
      },
      fallback: () => this.#welcome?.fallback,
      suspect: () => this.#connection.suspect(),
      devices: this.devices,
      acquireSpeaker: () => this.#idleSpeakers.pop() ?? this.#browser.createSpeaker(),
      releaseSpeaker: (speaker) => {
        speaker.release();
        this.#idleSpeakers.push(speaker);
      },
      finished: () => this.#finished(callId),
    };
    this.#lifecycle = undefined;
    const call = new Call(context, remote, offer, taken);
    this.#calls.set(callId, call);
    this.#watchPage();
    call.on('state', () => this.#keep());
    call.on('mute', () => this.#keep());
    this.emit('call', call);
    return call;
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'call.incoming') {
      this.emit('incoming', this.#add(message.callId, message.from, message.sdp));
      return;
    }
    if (message.type === 'session.ice') {
      this.#renewIce(message.ice, message.replaces === true);
      return;
    }
    this.#calls.get(message.callId)?.receive(message);
  }

  /** `destination`: of an outgoing call. */
  #iceFor(destination: string | undefined): CallIce {
    const { settings, received } = this.#ice;
    const ice = iceOfCall(settings, received, destination);
    return { ...ice, policy: this.#options.icePolicy ?? ice.policy };
  }

  /** For later calls, and for restarts of those that run. */
  #renewIce(settings: IceSettings, replaces: boolean): void {
    this.#ice = { settings, received: this.#browser.now() };
    for (const call of this.#calls.values()) {
      call.renewIce(this.#iceFor(call.direction === 'outgoing' ? call.remote.uri : undefined), replaces);
    }
  }

  #welcomed(welcome: WelcomeFrame): void {
    this.#welcome = welcome;
    this.#renewIce(welcome.ice, false);
    const isNew = !welcome.resumed || welcome.calls !== undefined;
    if (isNew && this.available) this.#connection.send(this.#presence.message);
    this.#takeUp(welcome.calls ?? []);
    this.#keep();
    // A connection that had to be replaced says that the network changed, and media may not have noticed yet.
    if (welcome.resumed) for (const call of this.#calls.values()) call.doubt();
  }

  /** The calls that the page before had. */
  #takeUp(ongoing: readonly OngoingCall[]): void {
    const before = this.#keepsake.find()?.calls ?? {};
    for (const { callId, remote, direction, connectedForMs, sdp, state } of ongoing) {
      if (sdp !== undefined) this.emit('incoming', this.#add(callId, remote, sdp));
      // Nobody answered yet, and nobody waits for it any more; the page before could not say so.
      else if (direction === 'outgoing' && UNANSWERED.has(state))
        this.#connection.send({ type: 'call.hangup', callId });
      else {
        const now = this.#browser.now();
        const connectedAt = connectedForMs === undefined ? undefined : now - connectedForMs;
        this.#add(callId, remote, undefined, { startedAt: now, connectedAt, ...before[callId], direction }).rejoin();
      }
    }
  }

  #lost(why: Fault): void {
    for (const call of this.calls) call.abandon(why);
  }

  #changed(state: ClientSessionState, why: Fault | undefined): void {
    const error = why === undefined ? undefined : new EarshotError(why);
    const welcome = this.#welcome;
    if (state === 'ready') this.#tellUnsent();
    else if (state !== 'connecting' && why !== undefined) this.#noteLost(state, why);
    if (state === 'ready' && welcome !== undefined) {
      for (const waiter of this.#waiters.splice(0)) waiter.resolve(welcome);
    }
    if (state === 'closed') {
      for (const waiter of this.#waiters.splice(0))
        waiter.reject(error ?? new EarshotError('signaling.ws_unreachable'));
      for (const stop of this.#stopWatching.splice(0)) stop();
    }
    this.emit('state', state, error);
  }

  #noteLost(state: ClientSessionState, why: Fault): void {
    const { closeCode } = this.#connection;
    const code = closeCode === undefined || NO_CLOSE_FRAME.has(closeCode) ? {} : { closeCode };
    if (state === 'reconnecting') this.#note({ type: 'client.signaling', state: 'lost', ...code });
    else if (why.code === 'signaling.ws_unreachable')
      this.#note({ type: 'client.signaling', state: 'unreachable', ...code });
  }

  #tellUnsent(): void {
    if (this.#welcome?.resumed === true) this.#note({ type: 'client.signaling', state: 'resumed' });
    for (const call of this.#calls.values()) call.reconnected();
    for (const left of this.#unsent.takeAll()) {
      // What a session that is gone knew of its calls went with it.
      if (this.#welcome?.resumed !== true && left.abandoned === undefined) continue;
      for (const message of messagesOf(left, this.#browser.now())) this.#connection.send(message);
    }
  }
}
