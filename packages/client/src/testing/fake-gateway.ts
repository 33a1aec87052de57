import type { Fault } from '@earshot/base';
import {
  type ClientFrame,
  type ClientMessage,
  type IceSettings,
  type OngoingCall,
  type ServerMessage,
  ServerSession,
  type ServerSessionInput,
} from '@earshot/signaling';
import type { SocketListener } from '../browser.js';
import type { FakeBrowser } from './fake-browser.js';

/** A gateway at the other end of a FakeBrowser's WebSocket: a real ServerSession, and a script for its messages. */
export class FakeGateway {
  readonly messages: ClientMessage[] = [];
  reachable = true;
  /** How long a session outlives its connection. */
  graceMs = 30_000;
  refusal: Fault | undefined;
  ice: IceSettings = { servers: [], policy: 'auto', policies: [] };
  /** What a page that was loaded anew is told of. */
  calls: readonly OngoingCall[] = [];
  session: ServerSession | undefined;
  readonly #browser: FakeBrowser;
  #sockets = new Map<number, SocketListener>();
  #count = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(browser: FakeBrowser) {
    this.#browser = browser;
    browser.dial = (listener) => this.#dial(listener);
  }

  /** The messages of one type, oldest first. */
  sent<Type extends ClientMessage['type']>(type: Type): Extract<ClientMessage, { type: Type }>[] {
    return this.messages.filter((message): message is Extract<ClientMessage, { type: Type }> => message.type === type);
  }

  say(message: ServerMessage): void {
    this.#handle({ type: 'send', message });
  }

  /** Closes every connection from the middle. */
  cut(code?: number): void {
    for (const [connection, listener] of [...this.#sockets]) {
      this.#sockets.delete(connection);
      listener.close(code);
      this.#handle({ type: 'detach', connection });
    }
  }

  /** Forgets the session, as after a restart of the server. */
  forget(): void {
    this.session = undefined;
    this.cut();
  }

  /** How often a browser has tried to connect. */
  get dials(): number {
    return this.#count;
  }

  #dial(listener: SocketListener): { send(text: string): void; close(): void } {
    this.#count += 1;
    const connection = this.#count;
    this.#browser.after(1, () => {
      if (!this.reachable) {
        listener.close();
        return;
      }
      this.#sockets.set(connection, listener);
      listener.open();
    });
    return {
      send: (text) => this.#receive(connection, JSON.parse(text) as ClientFrame),
      close: () => {
        this.#sockets.delete(connection);
        this.#handle({ type: 'detach', connection });
      },
    };
  }

  #receive(connection: number, frame: ClientFrame): void {
    if (frame.type !== 'hello') {
      this.#handle({ type: 'frame', connection, frame });
      return;
    }
    if (this.refusal !== undefined) {
      this.#sockets.get(connection)?.message(JSON.stringify({ type: 'error', fault: this.refusal }));
      return;
    }
    if (frame.resume === undefined || this.session?.resumable(frame.resume) !== true) {
      this.session = new ServerSession({
        sessionId: `session-${connection}`,
        identity: { subject: 'alice' },
        mayCall: ['*'],
        graceMs: this.graceMs,
      });
    }
    this.#handle({ type: 'attach', connection, hello: frame, ice: this.ice, calls: this.calls });
  }

  #handle(input: ServerSessionInput): void {
    for (const output of this.session?.handle(this.#browser.now(), input) ?? []) {
      if (output.type === 'transmit') this.#sockets.get(output.connection)?.message(JSON.stringify(output.frame));
      if (output.type === 'deliver') this.messages.push(output.message);
      if (output.type === 'timer') this.#arm(output.at);
    }
  }

  #arm(at: number | undefined): void {
    this.#cancelTimer?.();
    this.#cancelTimer =
      at === undefined
        ? undefined
        : this.#browser.after(Math.max(0, at - this.#browser.now()), () => this.#handle({ type: 'timeout' }));
  }
}
