import { type Fault, type Millis, randomId } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import type {
  ClientMessage,
  HelloFrame,
  IceSettings,
  OngoingCall,
  ServerFrame,
  ServerMessage,
  ServerSession,
  ServerSessionInput,
  ServerSessionOutput,
} from '@earshot/signaling';
import type { Identity } from '../auth/tokens.js';
import { now as clockNow } from '../clock.js';
import type { Approach } from '../ice/index.js';
import { InTurn } from '../in-turn.js';
import { CoreTimer } from '../timer.js';
import { type Attention, AttentionCheck } from './attention.js';
import { Wakefulness } from './wakefulness.js';

/** How long a browser may take to show that a page still has its connection. */
const PROOF_MS = 1_000;
/** A page that lost its connection is on its way back, most likely, for so long. */
const RETURN_MS = 1_000;
/** A slow reader may owe this many bytes before it is disconnected. */
const MAX_BUFFERED_BYTES = 1_048_576;
/** Six bits each. */
const TAG_LENGTH = 16;

/** What a session needs of a WebSocket. */
export interface SessionSocket {
  readonly readyState: number;
  readonly OPEN: number;
  /** Bytes that were sent and have not left. */
  readonly bufferedAmount: number;
  send(text: string): void;
  /** Asks the browser, not the page, whether the connection lives. Its answer says `text` again. */
  ping(text?: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

export interface SessionEvents {
  message(session: BrowserSession, message: ClientMessage): void;
  /** The signalling connection was lost (`false`), after a farewell where `leaving`, or is back (`true`). */
  attached(session: BrowserSession, attached: boolean, leaving: boolean): void;
  /** The page of a running call says nothing, or speaks again: nothing came for `quietMs`. */
  attention(session: BrowserSession, attention: Attention, quietMs: number): void;
  ended(session: BrowserSession, fault: Fault | undefined): void;
}

/** The shell around one ServerSession: its sockets, its timer, and who it belongs to. Outlives its connections. */
export class BrowserSession {
  /** A secret: whoever knows it and has a token of the same subject takes the session over. */
  readonly id: string;
  /** What relays know this session by, and whoever joins their events to its calls: random, and good for nothing else. */
  readonly tag = randomId(nodeCrypto.randomBytes, TAG_LENGTH);
  /** How its browser came here last. */
  approach: Approach = { host: undefined, secure: false };
  /** Waits for incoming calls. */
  available = false;
  /** Somebody looks at its page: of several of one name it is rung first. */
  visible = false;
  /** Whether its page would notice a call. */
  readonly wakefulness = new Wakefulness(() => this.#ping());
  #identity: Identity;
  /** When its latest connection was lost. */
  #lostAt: Millis = Number.NEGATIVE_INFINITY;
  #ice: IceSettings | undefined;
  readonly #core: ServerSession;
  readonly #events: SessionEvents;
  readonly #sockets = new Map<number, SessionSocket>();
  /** The connection that is in use, and how it speaks. */
  #current: { readonly connection: number; readonly check: AttentionCheck } | undefined;
  /** Pings whose answers somebody waits for, by what they say. */
  readonly #proofs = new Map<string, { readonly connection: number; resolve(held: boolean): void }>();
  readonly #outputs = new InTurn<ServerSessionOutput>((output) => this.#perform(output));
  readonly #timer = new CoreTimer(() => this.#step({ type: 'timeout' }));

  constructor(core: ServerSession, identity: Identity, events: SessionEvents) {
    this.id = core.options.sessionId;
    this.#identity = identity;
    this.#core = core;
    this.#events = events;
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** A newer token of the same subject says what it may do from now on. */
  renew(identity: Identity): void {
    this.#identity = identity;
    this.available &&= identity.mayReceive;
  }

  /** The servers and credentials it was given last. */
  get ice(): IceSettings | undefined {
    return this.#ice;
  }

  get attached(): boolean {
    return this.#core.attached;
  }

  get ended(): boolean {
    return this.#core.ended;
  }

  /** Its page waits for calls, and is connected now. */
  get isWaiting(): boolean {
    return this.#takesCalls && this.attached;
  }

  /** Like `isWaiting`, or it lost its connection a moment ago: browsers close that of a frozen page as they thaw it. */
  get mayBeRung(): boolean {
    return this.#takesCalls && (this.attached || clockNow() - this.#lostAt < RETURN_MS);
  }

  get #takesCalls(): boolean {
    return this.available && !this.leaving && !this.ended;
  }

  /** Its page said that it goes. */
  get leaving(): boolean {
    return this.#core.leaving;
  }

  resumable(resume: NonNullable<HelloFrame['resume']>): boolean {
    return this.#core.resumable(resume);
  }

  /**
   * Whether a page has this session: a browser answers for every page that it has not closed, frozen or not. Its answer
   * comes after whatever the page said before, so that a farewell on its way is heard first.
   */
  async isHeld(): Promise<boolean> {
    const connection = this.#current?.connection;
    if (connection === undefined || !this.attached || this.leaving) return false;
    const name = randomId(nodeCrypto.randomBytes, TAG_LENGTH);
    const answer = new Promise<boolean>((resolve) => {
      this.#proofs.set(name, { connection, resolve });
      setTimeout(resolve, PROOF_MS, false).unref();
    });
    const socket = this.#sockets.get(connection);
    if (socket?.readyState === socket?.OPEN) socket?.ping(name);
    const held = await answer;
    this.#proofs.delete(name);
    return held && this.attached && !this.leaving;
  }

  attach(
    connection: number,
    socket: SessionSocket,
    hello: HelloFrame,
    ice: IceSettings,
    calls?: readonly OngoingCall[],
  ): void {
    // A page that was loaded anew says itself whether it waits.
    if (hello.resume?.afresh === true) this.available = false;
    this.#sockets.set(connection, socket);
    this.#ice = ice;
    this.#current = { connection, check: new AttentionCheck(clockNow()) };
    this.wakefulness.heard();
    this.#step({ type: 'attach', connection, hello, ice, ...(calls === undefined ? {} : { calls }) });
  }

  receive(input: Extract<ServerSessionInput, { type: 'frame' }>): void {
    this.#heard(input);
    this.#step(input);
  }

  /** The browser answered a ping of this connection. `text`: what the ping said. */
  answered(connection: number, text: string): void {
    this.#proofs.get(text)?.resolve(true);
    if (this.#current?.connection === connection) this.#tell(this.#current.check, (check) => check.answered());
  }

  /** While a call runs, a few times a second: a page that says nothing is asked whether it is there. */
  checkAttention(): void {
    if (this.#current === undefined || !this.attached) return;
    const { connection, check } = this.#current;
    this.#tell(check, () => {
      const said = check.check(clockNow());
      if (said !== 'ping') return said;
      const socket = this.#sockets.get(connection);
      if (socket?.readyState === socket?.OPEN) socket?.ping();
      return undefined;
    });
  }

  detach(connection: number): void {
    this.#sockets.delete(connection);
    for (const proof of this.#proofs.values()) if (proof.connection === connection) proof.resolve(false);
    this.#step({ type: 'detach', connection });
  }

  send(message: ServerMessage): void {
    if (message.type === 'session.ice') this.#ice = message.ice;
    this.#step({ type: 'send', message });
  }

  end(fault: Fault): void {
    this.#step({ type: 'end', fault });
  }

  #heard({ connection, frame }: Extract<ServerSessionInput, { type: 'frame' }>): void {
    if (this.#current?.connection !== connection) return;
    this.wakefulness.heard();
    const message = frame.type === 'message' ? frame.message : undefined;
    const hasFigures = message?.type === 'call.evidence' && (message.samples?.length ?? 0) > 0;
    this.#tell(this.#current.check, (check) => check.heard(clockNow(), hasFigures));
  }

  #tell(check: AttentionCheck, ask: (check: AttentionCheck) => Attention | undefined): void {
    const quietMs = check.quietFor(clockNow());
    const attention = ask(check);
    if (attention !== undefined) this.#events.attention(this, attention, quietMs);
  }

  #step(input: ServerSessionInput): void {
    this.#outputs.add(this.#core.handle(clockNow(), input));
  }

  #perform(output: ServerSessionOutput): void {
    switch (output.type) {
      case 'transmit':
        this.#transmit(output.connection, JSON.stringify(output.frame));
        return;
      case 'disconnect':
        this.#sockets.get(output.connection)?.close(output.code, output.fault.code);
        return;
      case 'timer':
        this.#timer.arm(output.at);
        return;
      case 'deliver':
        this.#events.message(this, output.message);
        return;
      case 'attached':
        this.#events.attached(this, true, false);
        return;
      case 'detached':
        this.#lostAt = clockNow();
        this.#events.attached(this, false, output.leaving);
        return;
      case 'ended':
        this.#timer.stop();
        this.wakefulness.stop();
        this.#events.ended(this, output.fault);
        return;
    }
  }

  /** A page's script answers this one, not its browser. */
  #ping(): void {
    if (this.#current !== undefined && this.attached) {
      this.#transmit(this.#current.connection, JSON.stringify({ type: 'ping' } satisfies ServerFrame));
    }
  }

  #transmit(connection: number, text: string): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined || socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      socket.terminate(); // its close event detaches; what is unacknowledged stays in the outbox
      return;
    }
    socket.send(text);
  }
}
