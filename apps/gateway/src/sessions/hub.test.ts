import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Pii } from '@earshot/base';
import { type HelloFrame, PROTOCOL, type ServerFrame } from '@earshot/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Tokens } from '../auth/tokens.js';
import type { IceSession } from '../ice/index.js';
import { recordingLog } from '../testing/records.js';
import { type HubOptions, SessionHub } from './hub.js';

const tokens = new Tokens(new Pii(new Uint8Array(32).fill(7)), 'earshot', 'earshot');
const alice = { name: 'alice', mayCall: ['*'], mayReceive: true };
const token = (identity = alice): Promise<string> => tokens.sign(identity, 60, Date.now());

const given: IceSession[] = [];
const ice = {
  settingsFor(session: IceSession) {
    given.push(session);
    return { servers: [], policy: 'relay', policies: [] } as const;
  },
  forget(session: IceSession) {
    given.splice(given.indexOf(session), 1);
  },
};

const ongoing = {
  callId: '1'.repeat(32),
  direction: 'outgoing',
  remote: { uri: 'echo' },
  state: 'connected',
} as const;

let http: Server;
let hub: SessionHub;
let happened: string[];
let port: number;
const { log, records, text } = recordingLog();
const sockets: Socket[] = [];

async function serve(options: Partial<HubOptions> = {}): Promise<void> {
  http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  port = (http.address() as AddressInfo).port;
  hub = new SessionHub({
    tokens,
    allowedOrigins: ['self'],
    graceMs: 30_000,
    reloadMs: 200,
    log,
    ice,
    talking: () => [],
    calls: () => [ongoing],
    events: {
      message: (session, message) => {
        happened.push(message.type);
        if (message.type === 'presence.set') session.available = message.available;
      },
      attached: (_, attached, leaving) => happened.push(attached ? 'attached' : leaving ? 'left' : 'detached'),
      attention: (_, attention) => happened.push(attention),
      ended: (_, why) => happened.push(`ended ${why?.code ?? 'bye'}`),
    },
    ...options,
  });
  hub.listen(http);
}

beforeEach(async () => {
  happened = [];
  records.length = 0;
  given.length = 0;
  await serve();
});
afterEach(async () => {
  vi.useRealTimers();
  for (const socket of sockets.splice(0)) socket.destroy();
  hub.close();
  hub.terminate();
  expect(hub.size).toBe(0);
  await new Promise((resolve) => http.close(resolve));
});

/** A browser's end, whose frames are read one by one. */
class Client {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  readonly closed: Promise<number>;

  constructor(autoPong: boolean) {
    const origin = `http://127.0.0.1:${port}`;
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/earshot`, PROTOCOL, { origin, autoPong });
    this.socket.on('message', (data) => this.frames.push(JSON.parse(String(data))));
    this.socket.on('error', () => undefined);
    this.closed = once(this.socket, 'close').then(([code]) => code as number);
  }

  /** `answers`: as a browser does whose network works. */
  static async open(answers = true): Promise<Client> {
    const client = new Client(answers);
    await once(client.socket, 'open');
    return client;
  }

  say(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  async next(): Promise<ServerFrame> {
    if (this.frames.length === 0) await once(this.socket, 'message');
    const frame = this.frames.shift();
    if (frame === undefined) throw new Error('no frame');
    return frame;
  }

  async hello(resume?: HelloFrame['resume'], identity = alice) {
    this.say({ type: 'hello', token: await token(identity), ...(resume === undefined ? {} : { resume }) });
    const welcome = await this.next();
    if (welcome.type !== 'welcome') throw new Error(JSON.stringify(welcome));
    return welcome;
  }
}

/** Sends raw bytes; resolves with everything that came until the server closed. */
async function exchange(lines: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  await once(socket, 'end');
  return answer;
}

const upgrade = (...more: string[]): string[] => [
  'GET /earshot HTTP/1.1',
  `Host: 127.0.0.1:${port}`,
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ...more,
];

describe('before the upgrade', () => {
  it.each([
    ['a foreign origin', ['Origin: https://evil.example'], /^HTTP\/1\.1 403 .*signaling\.foreign_origin/s],
    ['a missing origin', [], /^HTTP\/1\.1 403 .*signaling\.foreign_origin/s],
    ['another protocol', ['Origin: self', 'Sec-WebSocket-Protocol: sip'], /^HTTP\/1\.1 400 .*earshot\.v1/s],
  ])('%s is refused, and its socket let go', async (_what, headers, answer) => {
    const own = headers.map((header) => header.replace('self', `http://127.0.0.1:${port}`));
    expect(await exchange(upgrade(...own))).toMatch(answer);
    const connections = await new Promise((resolve) => http.getConnections((_, count) => resolve(count)));
    expect(connections).toBe(0);
  });

  it('another path is not found', async () => {
    expect(await exchange(['GET /other HTTP/1.1', ...upgrade().slice(1)])).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('a stopping server says so', async () => {
    hub.close();
    const origin = `Origin: http://127.0.0.1:${port}`;
    expect(await exchange(upgrade(origin))).toMatch(/^HTTP\/1\.1 503 .*signaling\.server_stopping/s);
  });

  it('an origin is logged at bounded length', async () => {
    await exchange(upgrade(`Origin: https://${'x'.repeat(5000)}`));
    expect(records.at(-1)?.origin).toHaveLength(256);
  });
});

describe('a session', () => {
  it('is taken up again by its own subject', async () => {
    const first = await Client.open();
    const { sessionId } = await first.hello();
    first.socket.terminate();
    const second = await Client.open();
    expect(await second.hello({ sessionId, received: 0 })).toMatchObject({ sessionId, resumed: true });
    expect(hub.size).toBe(1);
  });

  it('is given ICE servers as it came here, and is found by the tag of its credentials', async () => {
    const client = await Client.open();
    client.say({ type: 'hello', token: await token(), region: 'north' });
    const welcome = await client.next();
    expect(welcome).toMatchObject({ type: 'welcome', ice: { servers: [], policy: 'relay' } });
    const sessionId = welcome.type === 'welcome' ? welcome.sessionId : '';
    const [session] = given;
    expect(session?.approach).toEqual({ host: { name: '127.0.0.1', port }, secure: false, region: 'north' });
    expect(session?.tag).toMatch(/^[\w-]{16}$/);
    expect(hub.sessionByTag(session?.tag ?? '')).toBe(session);
    client.say({ type: 'bye' });
    await client.closed;
    expect(given).toEqual([]);
    expect(hub.sessionByTag(session?.tag ?? '')).toBeUndefined();
    // Its last words may come after its goodbye, by whoever knows its secret id.
    expect([hub.sessionById(sessionId)?.tag, hub.sessionById('guessed')]).toEqual([session?.tag, undefined]);
  });

  it('is not for another subject, who gets a new one', async () => {
    const owner = await Client.open();
    const { sessionId } = await owner.hello();
    const thief = await Client.open();
    const welcome = await thief.hello({ sessionId, received: 0 }, { ...alice, name: 'mallory' });
    expect(welcome.resumed).toBe(false);
    expect(welcome.sessionId).not.toBe(sessionId);
    expect(owner.socket.readyState).toBe(WebSocket.OPEN);
    // Sites that give each token another name find out by this.
    expect(records.some(({ msg }) => /another subject/.test(String(msg)))).toBe(true);
  });

  it('is new where the browser claims what was never sent', async () => {
    const first = await Client.open();
    const { sessionId } = await first.hello();
    const second = await Client.open();
    expect(await second.hello({ sessionId, received: 99 })).toMatchObject({ resumed: false });
  });

  it('waits for calls while it is connected, and for a moment longer', async () => {
    const client = await Client.open();
    await client.hello();
    client.say({ type: 'message', seq: 1, ack: 0, message: { type: 'presence.set', available: true } });
    await client.next();
    expect(hub.waiting('alice')).toHaveLength(1);
    expect(hub.waiting('bob')).toHaveLength(0);
    client.socket.terminate();
    await vi.waitUntil(() => happened.includes('detached'), { interval: 1 });
    expect([hub.waiting('alice').length, hub.waitingPages]).toEqual([1, { awake: 0, asleep: 0 }]);
    await vi.waitUntil(() => hub.waiting('alice').length === 0, { timeout: 3_000 });
  });

  it('ends with bye', async () => {
    const client = await Client.open();
    await client.hello();
    client.say({ type: 'bye' });
    expect(await client.closed).toBe(1000);
    expect([hub.size, happened.at(-1)]).toEqual([0, 'ended bye']);
  });

  it('is told when the server stops', async () => {
    const [greeted, silent] = [await Client.open(), await Client.open()];
    await greeted.hello();
    hub.close();
    expect(await greeted.next()).toMatchObject({ type: 'error', fault: { code: 'signaling.server_stopping' } });
    expect([await greeted.closed, await silent.closed]).toEqual([1001, 1001]);
  });

  it('is not for more browsers than there is room for, but those that come back', async () => {
    hub.close();
    http.close();
    await serve({ maxSessions: 1 });
    const first = await Client.open();
    const { sessionId } = await first.hello();
    const second = await Client.open();
    second.say({ type: 'hello', token: await token() });
    expect(await second.next()).toMatchObject({ type: 'error', fault: { code: 'http.rate_limited' } });
    expect(await second.closed).toBe(4429);
    expect((await (await Client.open()).hello({ sessionId, received: 0 })).resumed).toBe(true);
  });
});

describe('a page that was loaded anew', () => {
  it('takes the session up with its calls, and says itself whether it waits', async () => {
    const before = await Client.open();
    const { sessionId } = await before.hello();
    before.say({ type: 'message', seq: 1, ack: 0, message: { type: 'presence.set', available: true } });
    await before.next();
    before.say({ type: 'leaving' });
    before.socket.close();
    const page = await Client.open();
    const welcome = await page.hello({ sessionId, received: 0, afresh: true });
    expect(welcome).toMatchObject({ sessionId: `${sessionId}.1`, resumed: true, received: 0, calls: [ongoing] });
    expect([hub.size, hub.waiting('alice').length]).toEqual([1, 0]);
    expect(happened).toContain('left');
    expect(hub.sessionById(welcome.sessionId)).toBe(hub.sessionById(sessionId));
  });

  it('has it at once though the socket of the page before lingers, which has said that it goes', async () => {
    const before = await Client.open(false);
    const { sessionId } = await before.hello();
    before.say({ type: 'leaving' });
    const page = await Client.open();
    expect(await page.hello({ sessionId, received: 0, afresh: true })).toMatchObject({ resumed: true });
  });

  it('gets a session of its own where the page that has this one lives: the tab was copied', async () => {
    const lives = await Client.open();
    const { sessionId } = await lives.hello();
    const copy = await Client.open();
    const welcome = await copy.hello({ sessionId, received: 0, afresh: true });
    expect([welcome.resumed, welcome.calls, hub.size]).toEqual([false, undefined, 2]);
    lives.say({ type: 'ping' });
    expect(await lives.next()).toEqual({ type: 'pong' });
  });

  it('has it after a second where nothing answers at the page before, which cannot go on in it then', async () => {
    const before = await Client.open(false);
    const { sessionId } = await before.hello();
    const page = await Client.open();
    expect(await page.hello({ sessionId, received: 0, afresh: true })).toMatchObject({ resumed: true });
    expect(await before.next()).toMatchObject({ type: 'error', fault: { code: 'signaling.replaced' } });
    const again = await Client.open();
    expect(await again.hello({ sessionId, received: 0 })).toMatchObject({ resumed: false });
  });

  it('gets none of another subject', async () => {
    const owner = await Client.open();
    const { sessionId } = await owner.hello();
    owner.say({ type: 'leaving' });
    const thief = await Client.open();
    const welcome = await thief.hello({ sessionId, received: 0, afresh: true }, { ...alice, name: 'mallory' });
    expect([welcome.resumed, welcome.calls]).toEqual([false, undefined]);
  });

  it('is told, as every page, what happens when nothing else helps', async () => {
    hub.close();
    http.close();
    const fallback = { callBack: true, callBackAfterMs: 10_000, messageUrl: 'https://example.test/message' };
    await serve({ fallback });
    const page = await Client.open();
    expect(await page.hello()).toMatchObject({ fallback });
  });

  it('is waited for no longer than a reload takes', async () => {
    const before = await Client.open();
    await before.hello();
    before.say({ type: 'leaving' });
    before.socket.close();
    await vi.waitUntil(() => happened.includes('ended signaling.client_gone'), { interval: 10, timeout: 5_000 });
    expect(hub.size).toBe(0);
  });
});

describe('what does not behave', () => {
  it('a browser that never says hello is closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const client = await Client.open();
    await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 });
    vi.advanceTimersByTime(5_000);
    expect(await client.next()).toMatchObject({ type: 'error', fault: { code: 'signaling.timeout' } });
    vi.useRealTimers();
    expect(await client.closed).toBe(4408);
  });

  it.each([
    ['no JSON', '{', 4400],
    ['a ping before hello', '{"type":"ping"}', 4400],
    ['a wrong token', '{"type":"hello","token":"x"}', 4401],
    ['an oversized frame', ' '.repeat(200_000), 1009],
  ])('%s closes the connection', async (_what, sent, code) => {
    const client = await Client.open();
    client.socket.send(sent);
    expect(await client.closed).toBe(code);
    expect(hub.size).toBe(0);
  });

  it('a message that overtakes its welcome closes the connection and leaves no session attached', async () => {
    const client = await Client.open();
    client.say({ type: 'hello', token: await token() });
    client.say({ type: 'ping' });
    expect(await client.closed).toBe(4400);
    expect(hub.waiting('alice')).toEqual([]);
  });

  it.each([
    ['frames', (client: Client) => client.say({ type: 'ping' }), 4429],
    ['WebSocket pings', (client: Client) => client.socket.ping(), 1006],
  ])('a flood of %s closes the connection, and no other', async (_what, flood, code) => {
    const [client, other] = [await Client.open(), await Client.open()];
    await client.hello();
    await other.hello();
    for (let sent = 0; sent < 300; sent += 1) flood(client);
    expect(await client.closed).toBe(code);
    other.say({ type: 'ping' });
    expect(await other.next()).toEqual({ type: 'pong' });
  });

  it('a bug in the check of a token closes that connection alone', async () => {
    hub.close();
    http.close();
    class Broken extends Tokens {
      override async verify(): Promise<never> {
        throw new Error('a bug');
      }
    }
    await serve({ tokens: new Broken(new Pii(new Uint8Array(32)), 'a', 'b') });
    const client = await Client.open();
    client.say({ type: 'hello', token: 'x' });
    expect(await client.closed).toBe(1006);
    expect(records.at(-1)).toMatchObject({ msg: 'a hello failed', code: 'internal.bug' });
  });
});

it('logs neither tokens nor names', async () => {
  const client = await Client.open();
  await client.hello();
  const other = await Client.open();
  other.say({ type: 'hello', token: 'eyJhbGciOi.secret.token' });
  await other.closed;
  expect(text()).not.toMatch(/alice|eyJ|secret/);
});
