import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Fault, fault, randomId } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import {
  CLOSE,
  type ClientFrame,
  type FallbackPolicy,
  type HelloFrame,
  LIMITS,
  type OngoingCall,
  PROTOCOL,
  ServerSession,
} from '@earshot/signaling';
import { parseClientFrame } from '@earshot/signaling/schema';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Identity, Tokens } from '../auth/tokens.js';
import { isAllowedOrigin } from '../http/origin.js';
import { faultBody, isEncrypted } from '../http/server.js';
import { type Approach, readHost, type SessionIce } from '../ice/index.js';
import { faultFields, type Log } from '../log.js';
import { RateLimit } from './rate.js';
import { BrowserSession, type SessionEvents } from './session.js';

export const WEBSOCKET_PATH = '/earshot';
const HELLO_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 10_000;
/** Sessions outlive their connections by the grace period. */
const MAX_SESSIONS = 2 * MAX_CONNECTIONS;
const MAX_ENDED = 64;
/** An origin that is longer is no web site's. */
const MAX_LOGGED_ORIGIN = 256;
const FRAMES_PER_SECOND = 50;
const FRAMES_AT_ONCE = 200;
/** How often pages with a call are looked at. */
const ATTENTION_MS = 250;
/** How often pages that wait for calls are looked at. */
const LIVENESS_MS = 500;

export interface HubOptions {
  readonly tokens: Tokens;
  readonly allowedOrigins: readonly string[];
  readonly graceMs: number;
  /** How long a session waits for a page that said it is leaving. */
  readonly reloadMs: number;
  /** For every welcome. */
  readonly fallback?: FallbackPolicy;
  /** What a page that was loaded anew may take up. */
  readonly calls: (session: BrowserSession) => readonly OngoingCall[];
  readonly log: Log;
  readonly events: SessionEvents;
  /** The sessions that have a running call: their pages are expected to speak. */
  readonly talking: () => Iterable<BrowserSession>;
  /** Servers and credentials of each session. */
  readonly ice: Pick<SessionIce, 'settingsFor' | 'forget'>;
  readonly maxSessions?: number;
}

/** Takes WebSocket connections, checks origin and token, and finds or makes the session each belongs to. */
export class SessionHub {
  readonly #options: HubOptions;
  readonly #sessions = new Map<string, BrowserSession>();
  readonly #byTag = new Map<string, BrowserSession>();
  /** The newest that ended: a page's last words may come after its goodbye. */
  #ended: BrowserSession[] = [];
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameBytes,
    handleProtocols: (protocols) => (protocols.has(PROTOCOL) ? PROTOCOL : false),
  });
  #nextConnection = 1;
  readonly #attention: NodeJS.Timeout;
  readonly #liveness: NodeJS.Timeout;
  #stopping = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#attention = setInterval(() => {
      for (const session of options.talking()) session.checkAttention();
    }, ATTENTION_MS).unref();
    this.#liveness = setInterval(() => this.#checkLiveness(), LIVENESS_MS).unref();
  }

  /** Takes the WebSockets of a server; `allowedOrigins` where they are others than when the hub was made. */
  listen(http: Server, allowedOrigins = this.#options.allowedOrigins): void {
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head, allowedOrigins));
  }

  /**
   * The sessions of a name that wait for calls and are connected, or were a moment ago, best first: those looked at,
   * then the newest.
   */
  waiting(name: string): BrowserSession[] {
    const found = [...this.#sessions.values()].filter((session) => session.identity.name === name && session.mayBeRung);
    return found.reverse().sort((one, other) => Number(other.visible) - Number(one.visible));
  }

  /** Pages that wait for calls: those that would notice one, and those that say nothing any more. */
  get waitingPages(): { readonly awake: number; readonly asleep: number } {
    const counts = { awake: 0, asleep: 0 };
    for (const session of this.#sessions.values()) {
      if (session.isWaiting) counts[session.wakefulness.isAsleep ? 'asleep' : 'awake'] += 1;
    }
    return counts;
  }

  #checkLiveness(): void {
    for (const session of this.#sessions.values()) {
      if (!session.isWaiting) continue;
      const { wakefulness } = session;
      const quietMs = Math.round(wakefulness.quietMs);
      const changed = wakefulness.check();
      if (changed === undefined) continue;
      const fields = { session: session.tag, ...(changed === 'asleep' ? { quietMs } : {}) };
      this.#options.log.info(
        fields,
        changed === 'asleep' ? 'a waiting page is asleep' : 'a waiting page is awake again',
      );
    }
  }

  /** Whose credentials a relay saw. */
  sessionByTag(tag: string): BrowserSession | undefined {
    return this.#byTag.get(tag);
  }

  /** By its secret id; also one that ended a moment ago. */
  sessionById(name: string): BrowserSession | undefined {
    const id = ServerSession.idOf(name);
    return this.#sessions.get(id) ?? this.#ended.find((session) => session.id === id);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Ends every session and tells each browser why. New ones are refused. */
  close(): void {
    this.#stopping = true;
    clearInterval(this.#attention);
    clearInterval(this.#liveness);
    for (const session of this.#sessions.values()) session.end(fault('signaling.server_stopping'));
    for (const socket of this.#server.clients) socket.close(CLOSE.goingAway, 'signaling.server_stopping');
    this.#server.close();
  }

  /** Drops the connections that `close` did not end: a peer that is asleep would hold one for half a minute. */
  terminate(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, allowedOrigins: readonly string[]): void {
    socket.on('error', () => socket.destroy());
    const path = request.url?.split('?')[0];
    if (path !== WEBSOCKET_PATH) {
      refuse(socket, '404 Not Found', fault('http.not_found'));
      return;
    }
    const { origin, host } = request.headers;
    const secure = isEncrypted(request);
    if (!isAllowedOrigin(origin, { host, secure }, allowedOrigins)) {
      const shown = origin?.slice(0, MAX_LOGGED_ORIGIN);
      this.#options.log.warn({ code: 'signaling.foreign_origin', origin: shown }, 'refused a connection');
      refuse(socket, '403 Forbidden', fault('signaling.foreign_origin'));
      return;
    }
    const unavailable = this.#unavailable();
    if (unavailable !== undefined) {
      refuse(socket, '503 Service Unavailable', unavailable);
      return;
    }
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (!offered.includes(PROTOCOL)) {
      const bad = fault('signaling.bad_message', `offer the subprotocol ${PROTOCOL}`, 'Sec-WebSocket-Protocol');
      refuse(socket, '400 Bad Request', bad);
      return;
    }
    const approach = { host: readHost(host), secure };
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, approach));
  }

  #unavailable(): Fault | undefined {
    if (this.#stopping) return fault('signaling.server_stopping');
    return this.#server.clients.size >= MAX_CONNECTIONS ? fault('http.rate_limited') : undefined;
  }

  #accept(socket: WebSocket, approach: Approach): void {
    const connection = this.#nextConnection;
    this.#nextConnection += 1;
    const rate = new RateLimit(FRAMES_PER_SECOND, FRAMES_AT_ONCE, Date.now());
    const hello = setTimeout(
      () => dismiss(socket, CLOSE.timeout, fault('signaling.timeout', 'no hello')),
      HELLO_TIMEOUT_MS,
    );
    let session: BrowserSession | undefined;
    let greeted = false;
    socket.on('message', (data, isBinary) => {
      const frame = this.#readFrame(socket, rate, isBinary ? undefined : String(data));
      if (frame === undefined) return;
      if (session !== undefined) {
        session.receive({ type: 'frame', connection, frame });
      } else if (!greeted && frame.type === 'hello') {
        greeted = true;
        clearTimeout(hello);
        this.#greet(connection, socket, frame, approach).then(
          (found) => {
            session = found;
            if (socket.readyState !== socket.OPEN) found?.detach(connection);
          },
          (error: unknown) => {
            this.#options.log.error({ err: error, code: 'internal.bug' }, 'a hello failed');
            socket.terminate();
          },
        );
      } else {
        dismiss(
          socket,
          CLOSE.badMessage,
          fault('signaling.bad_message', 'the first frame must be hello, answered by welcome'),
        );
      }
    });
    // Each is answered by a pong, which a peer that does not read would have us keep.
    socket.on('ping', () => {
      if (!rate.take(Date.now())) socket.terminate();
    });
    socket.on('pong', (data) => session?.answered(connection, String(data)));
    socket.on('close', () => {
      clearTimeout(hello);
      session?.detach(connection);
    });
    // 'close' follows every error; an oversized frame is closed by ws with 1009.
    socket.on('error', (error) => this.#options.log.debug({ err: error }, 'socket error'));
  }

  #readFrame(socket: WebSocket, rate: RateLimit, text: string | undefined): ClientFrame | undefined {
    if (socket.readyState !== socket.OPEN) return undefined;
    if (!rate.take(Date.now())) {
      dismiss(socket, CLOSE.tooManyMessages, fault('signaling.too_many_messages'));
      return undefined;
    }
    if (text === undefined) {
      dismiss(socket, CLOSE.badMessage, fault('signaling.bad_message', 'binary frames are not part of the protocol'));
      return undefined;
    }
    const parsed = parseClientFrame(text);
    if (parsed.ok) return parsed.value;
    this.#options.log.warn(faultFields(parsed.error), 'refused a frame');
    dismiss(socket, CLOSE.badMessage, parsed.error);
    return undefined;
  }

  async #greet(
    connection: number,
    socket: WebSocket,
    hello: HelloFrame,
    approach: Approach,
  ): Promise<BrowserSession | undefined> {
    const verified = await this.#options.tokens.verify(hello.token, Date.now());
    if (!verified.ok) {
      this.#options.log.warn(faultFields(verified.error), 'refused a token');
      dismiss(socket, CLOSE.unauthorized, verified.error);
      return undefined;
    }
    const resumed = await this.#resumed(hello, verified.value);
    if (socket.readyState !== socket.OPEN || this.#stopping) return undefined;
    if (resumed === undefined && this.#sessions.size >= (this.#options.maxSessions ?? MAX_SESSIONS)) {
      dismiss(socket, CLOSE.tooManyMessages, fault('http.rate_limited'));
      return undefined;
    }
    resumed?.renew(verified.value);
    const session = resumed ?? this.#create(verified.value);
    session.approach = hello.region === undefined ? approach : { ...approach, region: hello.region };
    const calls = hello.resume?.afresh === true ? this.#options.calls(session) : undefined;
    session.attach(connection, socket, hello, this.#options.ice.settingsFor(session), calls);
    return session;
  }

  async #resumed({ resume }: HelloFrame, identity: Identity): Promise<BrowserSession | undefined> {
    if (resume === undefined) return undefined;
    const session = this.#sessions.get(ServerSession.idOf(resume.sessionId));
    if (session === undefined) return undefined;
    if (session.identity.name !== identity.name) {
      // Somebody's guess, or a site that gives each of its tokens another name: its calls would end for no visible reason.
      this.#options.log.warn(
        { code: 'signaling.resume_expired', session: session.tag },
        'refused to take up a session: its token has another subject',
      );
      return undefined;
    }
    // The storage of a tab is copied with it: whoever loads a copy takes nothing from the page that is there.
    if (resume.afresh === true && (await session.isHeld())) return undefined;
    return session.resumable(resume) ? session : undefined;
  }

  #create(identity: Identity): BrowserSession {
    const { events, graceMs, reloadMs, fallback, ice } = this.#options;
    const core = new ServerSession({
      sessionId: randomId(nodeCrypto.randomBytes, 32),
      identity: { subject: identity.name },
      mayCall: identity.mayCall,
      graceMs,
      reloadMs,
      ...(fallback === undefined ? {} : { fallback }),
    });
    const session = new BrowserSession(core, identity, {
      ...events,
      ended: (ended, why) => {
        this.#sessions.delete(ended.id);
        this.#byTag.delete(ended.tag);
        this.#ended = [...this.#ended.slice(1 - MAX_ENDED), ended];
        ice.forget(ended);
        events.ended(ended, why);
      },
    });
    this.#sessions.set(session.id, session);
    this.#byTag.set(session.tag, session);
    return session;
  }
}

/** Answers an upgrade request by HTTP, with the fault as the body. */
function refuse(socket: Duplex, status: string, failure: Fault): void {
  const body = JSON.stringify(faultBody(failure));
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  // A peer that keeps its half open would keep the socket.
  socket.end(head + body, () => socket.destroy());
}

/** Tells a socket without a session why it is closed. */
function dismiss(socket: WebSocket, code: number, failure: Fault): void {
  socket.send(JSON.stringify({ type: 'error', fault: failure }));
  socket.close(code, failure.code);
}
