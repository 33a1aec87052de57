import type { Fault } from '@earshot/base';
import { fault } from '@earshot/base';
import {
  CLOSE,
  type ClientMessage,
  ClientSession,
  type ClientSessionInput,
  type ClientSessionOutput,
  type ClientSessionState,
  PROTOCOL,
  readServerFrame,
  type ServerMessage,
  type WelcomeFrame,
} from '@earshot/signaling';
import type { Browser, Socket } from './browser.js';
import { EarshotError } from './earshot-error.js';
import { optional } from './evidence/printable.js';
import { VERSION } from './version.js';

export interface ConnectionOptions {
  readonly url: string;
  /** A token, or what fetches a fresh one before every connection. */
  readonly token: string | (() => Promise<string>);
  /** Where this page is, by the operator's names: relays of this region come first. */
  readonly region?: string;
}

export interface ConnectionListener {
  message(message: ServerMessage): void;
  welcome(welcome: WelcomeFrame): void;
  /** The session is gone, and every call with it. */
  lost(why: Fault): void;
  state(state: ClientSessionState, why: Fault | undefined): void;
}

/** The sockets and timers around a ClientSession. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #browser: Browser;
  readonly #listener: ConnectionListener;
  readonly #session: ClientSession;
  #socket: { readonly connection: number; readonly socket: Socket } | undefined;
  #connection = 0;
  #cancelTimer: (() => void) | undefined;
  readonly #inputs: ClientSessionInput[] = [];
  #token = '';
  #closeCode: number | undefined;

  constructor(options: ConnectionOptions, browser: Browser, listener: ConnectionListener) {
    this.#options = options;
    this.#browser = browser;
    this.#listener = listener;
    const { region } = options;
    this.#session = new ClientSession({
      random: () => browser.random(),
      client: `earshot-client/${VERSION}`,
      ...optional('region', region),
    });
  }

  get state(): ClientSessionState {
    return this.#session.state;
  }

  /** What the gateway was last shown. */
  get token(): string {
    return this.#token;
  }

  /** How the latest socket that the other end closed was closed, where it said so. */
  get closeCode(): number | undefined {
    return this.#closeCode;
  }

  /** `adopt`: the session of the page before. */
  connect(adopt?: string): void {
    this.#handle({ type: 'connect', ...optional('adopt', adopt) });
  }

  /** The page goes, and the next one may have the session. */
  leave(): void {
    this.#handle({ type: 'leave' });
  }

  send(message: ClientMessage): void {
    this.#handle({ type: 'send', message });
  }

  /** Something hints that the connection may be dead, or that a new attempt would work now. */
  suspect(): void {
    this.#handle({ type: 'suspect' });
  }

  close(): void {
    this.#handle({ type: 'close' });
  }

  /** What comes while outputs are run waits for the rest of them: frames must go out in their order. */
  #handle(input: ClientSessionInput): void {
    this.#inputs.push(input);
    if (this.#inputs.length > 1) return;
    for (let next: ClientSessionInput | undefined = input; next !== undefined; next = this.#inputs[0]) {
      for (const output of this.#session.handle(this.#browser.now(), next)) this.#run(output);
      this.#inputs.shift();
    }
  }

  #run(output: ClientSessionOutput): void {
    switch (output.type) {
      case 'connect':
        this.#connection = output.connection;
        void this.#open(output.connection);
        return;
      case 'transmit':
        if (this.#socket?.connection === output.connection) this.#socket.socket.send(JSON.stringify(output.frame));
        return;
      case 'disconnect':
        this.#drop(output.connection, output.code);
        return;
      case 'deliver':
        this.#listener.message(output.message);
        return;
      case 'welcome':
        this.#listener.welcome(output.welcome);
        return;
      case 'lost':
        this.#listener.lost(output.fault);
        return;
      case 'state':
        this.#listener.state(output.state, output.fault);
        return;
      case 'timer':
        this.#arm(output.at);
    }
  }

  #arm(at: number | undefined): void {
    this.#cancelTimer?.();
    this.#cancelTimer =
      at === undefined
        ? undefined
        : this.#browser.after(Math.max(0, at - this.#browser.now()), () => this.#handle({ type: 'timeout' }));
  }

  async #open(connection: number): Promise<void> {
    const { token, url } = this.#options;
    let fresh: string;
    try {
      fresh = typeof token === 'string' ? token : await token();
    } catch (error) {
      this.#handle({ type: 'closed', connection, fault: tokenFault(error) });
      return;
    }
    if (connection !== this.#connection) return;
    this.#token = fresh;
    this.#closeCode = undefined;
    try {
      const socket = this.#browser.openSocket(url, PROTOCOL, {
        open: () => this.#handle({ type: 'opened', connection, token: fresh }),
        message: (data) => this.#receive(connection, data),
        close: (code) => {
          this.#closeCode = code;
          this.#handle({ type: 'closed', connection });
        },
      });
      this.#socket = { connection, socket };
    } catch (error) {
      this.#handle({ type: 'closed', connection, fault: fault('signaling.ws_unreachable', asText(error)) });
    }
  }

  #receive(connection: number, data: unknown): void {
    const frame = readServerFrame(typeof data === 'string' ? data : '');
    if (frame.ok) {
      this.#handle({ type: 'frame', connection, frame: frame.value });
      return;
    }
    this.#drop(connection, CLOSE.badMessage);
    this.#handle({ type: 'closed', connection, fault: frame.error });
  }

  #drop(connection: number, code: number): void {
    if (connection === this.#connection) this.#connection = 0;
    if (this.#socket?.connection !== connection) return;
    const { socket } = this.#socket;
    this.#socket = undefined;
    socket.close(code);
  }
}

function tokenFault(error: unknown): Fault {
  if (error instanceof EarshotError) return fault(error.code, error.detail);
  return fault('signaling.ws_unreachable', `no token: ${asText(error)}`);
}

const asText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
