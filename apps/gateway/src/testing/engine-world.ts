import type { TransportAddress } from '@earshot/base';
import type { MediaCommand, Route } from '@earshot/calls';
import { type ClientMessage, type ServerFrame, type ServerMessage, ServerSession } from '@earshot/signaling';
import type { SipEvent, SipFlow, SipInput } from '@earshot/sip';
import { CallEngine } from '../calls/engine.js';
import { checkConfig } from '../config/load.js';
import { BrowserSession, type SessionEvents } from '../sessions/session.js';
import type { SipPort } from '../sip/udp-agent.js';
import { MemoryStore } from '../store/index.js';
import type { Timeless } from '../timeless.js';
import { Timelines } from '../timeline/index.js';
import { FINGERPRINT } from './descriptions.js';
import { FakeSocket } from './fake-socket.js';
import { recordingLog } from './records.js';

const ICE = { servers: [], policy: 'auto', policies: [] } as const;

type Act = Timeless<SipInput>;
type ActOf<Type extends Act['type']> = Extract<Act, { readonly type: Type }>;
type MessageOf<Type extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: Type }>;
type LegEvent = Exclude<SipEvent, { type: 'bad-message' | 'message' | 'options' }>;

/** Things that came, of a kind: those before, and a promise of the next. */
class Arrivals<Item extends { readonly type: string }> {
  readonly all: Item[] = [];
  #waiting: { readonly type: string; readonly resolve: (item: Item) => void }[] = [];

  add(item: Item): void {
    this.all.push(item);
    const met = this.#waiting.filter(({ type }) => type === item.type);
    this.#waiting = this.#waiting.filter(({ type }) => type !== item.type);
    for (const { resolve } of met) resolve(item);
  }

  of<Type extends Item['type']>(type: Type): Extract<Item, { readonly type: Type }>[] {
    return this.all.filter((item): item is Extract<Item, { readonly type: Type }> => item.type === type);
  }

  /** The first there was, or the one that comes. */
  async first<Type extends Item['type']>(type: Type): Promise<Extract<Item, { readonly type: Type }>> {
    const [before] = this.of(type);
    if (before !== undefined) return before;
    return await new Promise((resolve) => {
      this.#waiting.push({ type, resolve: resolve as (item: Item) => void });
    });
  }
}

/** A SIP agent that keeps what it is told and does nothing. */
class FakeAgent implements SipPort {
  readonly local = { address: '0.0.0.0', port: 5060 };
  readonly told = new Arrivals<Act>();
  onAct: (act: Act) => void = () => {};

  handle(act: Act): void {
    this.told.add(act);
    this.onAct(act);
  }

  flowTo(remote: TransportAddress): SipFlow {
    return { transport: 'udp', local: this.local, remote };
  }
}

export const callId = (last: number): string => last.toString(16).padStart(32, '0');

export const LINE: Route = { match: 'echo', kind: 'sip', target: 'sip:echo@127.0.0.1:7000' };
/** Where callers of a page go on to. */
export const VOICEMAIL: Route = { match: 'agent', kind: 'sip', target: 'sip:voicemail@127.0.0.1:7002' };
export const TRUNK: Route = { match: '+*', kind: 'sip', target: 'sip:{number}@127.0.0.1:7001', trunk: 'pbx' };

/** An engine with a fake SIP agent, fake media, and pages whose sockets are fakes. */
export class EngineWorld {
  readonly agent = new FakeAgent();
  readonly commands: MediaCommand[] = [];
  readonly pages: Page[] = [];
  readonly engine: CallEngine;
  readonly store = new MemoryStore();
  readonly timelines = new Timelines({ store: this.store, knows: () => true });
  readonly records;
  readonly logText;
  /** Throws instead of assigning media. */
  broken = false;

  constructor(settings: object = {}) {
    const config = checkConfig(settings);
    if (!config.ok) throw new Error(JSON.stringify(config.error));
    const { log, records, text } = recordingLog();
    this.records = records;
    this.logText = text;
    this.engine = new CallEngine({
      config: config.value,
      agent: this.agent,
      log,
      routes: [LINE, VOICEMAIL, TRUNK],
      inboundRoutes: [LINE, VOICEMAIL],
      lines: [LINE],
      assignMedia: () => {
        if (this.broken) throw new Error('a bug');
        return {
          fingerprint: { algorithm: 'sha-256', value: FINGERPRINT },
          candidates: [{ address: '192.0.2.1', port: 40_000 }],
          send: (command) => this.#perform(command),
        };
      },
      ownHosts: ['192.0.2.1'],
      timelines: this.timelines,
      waiting: (name) =>
        this.pages
          .map(({ session }) => session)
          .filter((session) => waitsAs(session, name))
          .reverse(),
    });
  }

  #perform(command: MediaCommand): void {
    this.commands.push(command);
    if (command.type !== 'rtp.open') return;
    const { legId } = command;
    this.engine.onMedia({ type: 'rtp.opened', legId, local: { address: '0.0.0.0', port: 41_000 } });
  }

  page(name = 'alice', mayCall: readonly string[] = ['*'], phone?: string): Page {
    const page = new Page(this.engine, name, mayCall, phone);
    this.pages.push(page);
    return page;
  }

  sip(event: LegEvent): void {
    this.engine.onSip(event);
  }

  /** An INVITE of the phone network. */
  invited(legId: string, user: string, sdp: string | undefined, sessionId?: string): void {
    const remote = { address: '127.0.0.1', port: 5080 };
    this.sip({
      type: 'incoming',
      legId,
      flow: this.agent.flowTo(remote),
      ...(sdp === undefined ? {} : { sdp }),
      request: {
        uri: { text: `sip:${user}@127.0.0.1`, user, host: '127.0.0.1' },
        from: { uri: 'sip:+4930123456@192.0.2.9', user: '+4930123456', displayName: 'Bob Branch' },
        to: { uri: `sip:${user}@127.0.0.1`, user },
        callId: 'x',
        ...(sessionId === undefined ? {} : { sessionId }),
        maxForwards: 70,
        headers: [],
      },
    });
  }

  async told<Type extends Act['type']>(type: Type): Promise<ActOf<Type>> {
    return await this.agent.told.first(type);
  }

  /** Media flows both ways between these legs. */
  heard(...legIds: readonly string[]): void {
    for (const legId of legIds) {
      this.engine.onMedia({ type: 'leg.ice', legId, state: 'connected' });
      this.engine.onMedia({ type: 'leg.received', legId });
      this.engine.onMedia({ type: 'leg.delivered', legId, evidence: 'reported' });
    }
  }

  close(): void {
    void this.engine.stop();
    void this.timelines.close();
    for (const { session } of this.pages) session.end({ code: 'signaling.server_stopping' });
  }
}

const waitsAs = (session: BrowserSession, name: string): boolean => session.identity.name === name && session.mayBeRung;

/** A page with a session of its own. */
export class Page {
  readonly session: BrowserSession;
  socket = new FakeSocket();
  readonly received = new Arrivals<ServerMessage>();
  /** Its script stands still, though its browser holds the connection. */
  frozen = false;
  #connection = 0;
  #sent = 0;
  #heard = 0;

  constructor(engine: CallEngine, name: string, mayCall: readonly string[], phone?: string) {
    const core = new ServerSession({
      sessionId: `session of ${name}`,
      identity: { subject: name },
      mayCall,
      graceMs: 30_000,
    });
    const events: SessionEvents = {
      message: (session, message) => engine.onMessage(session, message),
      attached: (session, attached, leaving) => engine.onAttached(session, attached, leaving),
      attention: (session, attention, quietMs) => engine.onAttention(session, attention, quietMs),
      ended: (session, why) => engine.onSessionEnded(session, why),
    };
    this.session = new BrowserSession(
      core,
      { name, mayCall, mayReceive: true, ...(phone === undefined ? {} : { phone }) },
      events,
    );
    this.connect();
  }

  /** Opens a connection; the session is resumed if there was one before. */
  connect(): void {
    this.#connection += 1;
    this.socket = new FakeSocket();
    this.socket.onFrame = (frame) => this.#onFrame(frame);
    const resume = { sessionId: this.session.id, received: this.#heard };
    const hello = { type: 'hello', token: 'x', ...(this.#connection === 1 ? {} : { resume }) } as const;
    this.session.attach(this.#connection, this.socket, hello, ICE);
  }

  disconnect(): void {
    this.session.detach(this.#connection);
  }

  #onFrame(frame: ServerFrame): void {
    if (frame.type === 'ping' && !this.frozen) {
      this.session.receive({ type: 'frame', connection: this.#connection, frame: { type: 'pong' } });
    }
    if (frame.type !== 'message' || frame.seq <= this.#heard) return;
    this.#heard = frame.seq;
    this.received.add(frame.message);
  }

  say(message: ClientMessage): void {
    this.#sent += 1;
    const frame = { type: 'message', seq: this.#sent, ack: this.#heard, message } as const;
    this.session.receive({ type: 'frame', connection: this.#connection, frame });
  }

  leave(): void {
    this.session.receive({ type: 'frame', connection: this.#connection, frame: { type: 'bye' } });
  }

  async told<Type extends ServerMessage['type']>(type: Type): Promise<MessageOf<Type>> {
    return await this.received.first(type);
  }

  /** The states it was told, in order. */
  get states(): string[] {
    return this.received.of('call.state').map(({ state }) => state);
  }
}
