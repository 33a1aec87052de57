import type { Fault, Millis } from '@earshot/base';
import { ClientSession, type ClientSessionInput, type ClientSessionOutput } from '../client-session.js';
import type { ClientFrame, OngoingCall, ServerFrame, WelcomeFrame } from '../frames.js';
import type { ClientMessage, ServerMessage } from '../messages.js';
import { ServerSession, type ServerSessionInput, type ServerSessionOutput } from '../server-session.js';

interface Flight {
  readonly at: Millis;
  readonly order: number;
  readonly arrive: () => void;
}

/** Connections of one page. */
const PER_PAGE = 1_000;

/**
 * A browser and a gateway on a virtual clock, with a wire between them that delays, swallows and cuts. The gateway's
 * side keeps one session and gives a new one when it cannot be resumed, as the server's shell does.
 */
export class VirtualLink {
  now: Millis = 1_000_000;
  /** One way. */
  delay: Millis = 20;
  /** False: new connections fail. */
  reachable = true;
  /** True: everything sent vanishes, and nobody is told. */
  blackHole = false;
  /** Answers the next hello with this instead of a welcome. */
  refusal: Fault | undefined;

  client: ClientSession;
  server: ServerSession | undefined;
  readonly atServer: ClientMessage[] = [];
  readonly atClient: ServerMessage[] = [];
  readonly states: string[] = [];
  readonly welcomes: WelcomeFrame[] = [];
  readonly lost: Fault[] = [];
  readonly serverEnded: (Fault | undefined)[] = [];
  /** What goes on at the gateway, for a page that was loaded anew. */
  calls: readonly OngoingCall[] = [];
  /** Frames that reached the other end, with the time. */
  readonly log: { readonly at: Millis; readonly to: 'client' | 'server'; readonly frame: ClientFrame | ServerFrame }[] =
    [];
  /** When the client asked for connections. */
  readonly attempts: Millis[] = [];

  #flights: Flight[] = [];
  #order = 0;
  #open = new Set<number>();
  #clientTimer: Millis | undefined;
  #serverTimer: Millis | undefined;
  #sessions = 0;
  readonly #random: () => number;
  /** Pages so far: what was on its way to one before reaches nobody. */
  #page = 0;

  constructor(random: () => number = () => 0.5) {
    this.#random = random;
    this.client = this.#load();
  }

  /** The page goes, with a farewell that arrives or without, and comes back knowing the name of its session alone. */
  reload(adopt: string | undefined, farewell: boolean): void {
    if (farewell) this.toClient({ type: 'leave' });
    else for (const connection of [...this.#open]) this.#notice(() => this.#forget(connection));
    this.#clientTimer = undefined;
    this.#page += 1;
    this.client = this.#load();
    this.toClient({ type: 'connect', ...(adopt === undefined ? {} : { adopt }) });
  }

  #load(): ClientSession {
    return new ClientSession({ random: this.#random, client: 'test/1' });
  }

  #forget(connection: number): void {
    this.#open.delete(connection);
    this.toServer({ type: 'detach', connection });
  }

  toClient(input: ClientSessionInput): void {
    for (const output of this.client.handle(this.now, input)) this.#runClient(output);
  }

  toServer(input: ServerSessionInput): void {
    const session = this.server;
    if (session === undefined) return;
    for (const output of session.handle(this.now, input)) this.#runServer(output);
  }

  /** Cuts the open connection: what is in flight is lost, and each end hears of it after the delay. */
  cut(): void {
    for (const connection of [...this.#open]) this.#close(connection);
  }

  /** Runs the clock. */
  run(duration: Millis): void {
    const end = this.now + duration;
    for (;;) {
      const next = Math.min(
        this.#flights[0]?.at ?? Infinity,
        this.#clientTimer ?? Infinity,
        this.#serverTimer ?? Infinity,
      );
      if (next > end) break;
      this.now = Math.max(this.now, next);
      const flight = this.#flights[0];
      if (flight !== undefined && flight.at <= this.now) {
        this.#flights.shift();
        flight.arrive();
      } else if (this.#clientTimer !== undefined && this.#clientTimer <= this.now) {
        this.#clientTimer = undefined;
        this.toClient({ type: 'timeout' });
      } else {
        this.#serverTimer = undefined;
        this.toServer({ type: 'timeout' });
      }
    }
    this.now = end;
  }

  /** Of all pages, as a server counts. */
  #number(connection: number): number {
    return this.#page * PER_PAGE + connection;
  }

  /** Hands in what concerns a connection, while its page is there. */
  #tellPage(number: number, tell: (connection: number) => ClientSessionInput): void {
    if (Math.floor(number / PER_PAGE) === this.#page) this.toClient(tell(number % PER_PAGE));
  }

  #runClient(output: ClientSessionOutput): void {
    const number = 'connection' in output ? this.#number(output.connection) : 0;
    switch (output.type) {
      case 'connect':
        this.attempts.push(this.now);
        this.#dial(number);
        return;
      case 'transmit':
        this.#carry(number, () => this.#arriveAtServer(number, output.frame));
        return;
      case 'disconnect':
        // Closing flushes what was sent before it.
        this.#carry(number, () => this.#forget(number));
        return;
      case 'deliver':
        this.atClient.push(output.message);
        return;
      case 'welcome':
        this.welcomes.push(output.welcome);
        return;
      case 'state':
        this.states.push(output.state);
        return;
      case 'lost':
        this.lost.push(output.fault);
        return;
      case 'timer':
        this.#clientTimer = output.at;
    }
  }

  #runServer(output: ServerSessionOutput): void {
    switch (output.type) {
      case 'transmit':
        this.#carry(output.connection, () => {
          this.log.push({ at: this.now, to: 'client', frame: output.frame });
          this.#tellPage(output.connection, (connection) => ({ type: 'frame', connection, frame: output.frame }));
        });
        return;
      case 'disconnect':
        this.#carry(output.connection, () => this.#close(output.connection));
        return;
      case 'deliver':
        this.atServer.push(output.message);
        return;
      case 'ended':
        this.serverEnded.push(output.fault);
        this.server = undefined;
        return;
      case 'timer':
        this.#serverTimer = output.at;
    }
  }

  #dial(number: number): void {
    const { reachable } = this;
    this.#notice(() => {
      if (reachable) this.#open.add(number);
      this.#tellPage(number, (connection) =>
        reachable ? { type: 'opened', connection, token: 'token' } : { type: 'closed', connection },
      );
    });
  }

  #close(number: number): void {
    this.#open.delete(number);
    this.#notice(() => this.#tellPage(number, (connection) => ({ type: 'closed', connection })));
    this.#notice(() => this.toServer({ type: 'detach', connection: number }));
  }

  #arriveAtServer(connection: number, frame: ClientFrame): void {
    this.log.push({ at: this.now, to: 'server', frame });
    if (frame.type !== 'hello') {
      this.toServer({ type: 'frame', connection, frame });
      return;
    }
    const { refusal } = this;
    if (refusal !== undefined) {
      this.#carry(connection, () => {
        this.#tellPage(connection, (own) => ({
          type: 'frame',
          connection: own,
          frame: { type: 'error', fault: refusal },
        }));
      });
      return;
    }
    const { resume } = frame;
    const session = this.server;
    const goesOn =
      resume !== undefined &&
      session?.options.sessionId === ServerSession.idOf(resume.sessionId) &&
      session.resumable(resume);
    if (!goesOn) {
      this.#sessions += 1;
      this.#serverTimer = undefined;
      this.server = new ServerSession({
        sessionId: `session-${this.#sessions}`,
        identity: { subject: 'alice' },
        mayCall: ['*'],
      });
    }
    const ice = { servers: [], policy: 'auto', policies: [] } as const;
    this.toServer({ type: 'attach', connection, hello: frame, ice, calls: this.calls });
  }

  /** What travels on a connection: lost when that closes, or in a black hole. */
  #carry(connection: number, arrive: () => void): void {
    if (!this.#open.has(connection) || this.blackHole) return;
    this.#schedule(() => {
      if (this.#open.has(connection)) arrive();
    });
  }

  /** What an end's own system tells it. */
  #notice(arrive: () => void): void {
    this.#schedule(arrive);
  }

  #schedule(arrive: () => void): void {
    this.#order += 1;
    this.#flights.push({ at: this.now + this.delay, order: this.#order, arrive });
    this.#flights.sort((a, b) => a.at - b.at || a.order - b.order);
  }
}
