import { fault } from '@earshot/base';
import { ServerSession } from '@earshot/signaling';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeSocket } from '../testing/fake-socket.js';
import { BrowserSession } from './session.js';

const ICE = { servers: [], policy: 'auto', policies: [] } as const;

const identity = { name: 'alice', mayCall: ['*'], mayReceive: true };
const HELLO = { type: 'hello', token: 'x' } as const;
let happened: string[];
let session: BrowserSession;
let onMessage: () => void;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  happened = [];
  onMessage = () => undefined;
  const core = new ServerSession({
    sessionId: 's',
    identity: { subject: 'alice' },
    mayCall: [],
    graceMs: 30_000,
  });
  session = new BrowserSession(core, identity, {
    message: (_, { type }) => {
      happened.push(type);
      onMessage();
    },
    attached: (_, attached) => happened.push(attached ? 'attached' : 'detached'),
    attention: (_, attention, quietMs) => happened.push(`${attention} ${quietMs}`),
    ended: (_, why) => happened.push(`ended ${why?.code ?? 'bye'}`),
  });
});
afterEach(() => {
  session.end(fault('signaling.server_stopping'));
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const said = (text: FakeSocket): string[] => text.frames.map(({ type }) => type);
const stats = { packetsReceived: 0, packetsSent: 0, packetsLost: 0, jitterMs: 0 };

it('outlives a connection for the grace period, and no longer', () => {
  session.attach(1, new FakeSocket(), HELLO, ICE);
  session.detach(1);
  vi.advanceTimersByTime(29_999);
  expect(happened).toEqual(['attached', 'detached']);
  vi.advanceTimersByTime(1);
  expect(happened).toEqual(['attached', 'detached', 'ended signaling.client_gone']);
  expect(session.ended).toBe(true);
});

it('moves to a newer connection and takes no notice of the older one', () => {
  const [old, next] = [new FakeSocket(), new FakeSocket()];
  session.attach(1, old, HELLO, ICE);
  session.attach(2, next, { ...HELLO, resume: { sessionId: 's', received: 0 } }, ICE);
  expect(old.closed).toEqual({ code: 4409, reason: 'signaling.replaced' });
  session.detach(1);
  session.receive({ type: 'frame', connection: 1, frame: { type: 'bye' } });
  expect(session.attached).toBe(true);
  session.send({ type: 'call.dtmf', callId: 'c', digit: '1', durationMs: 1 });
  expect(said(next)).toEqual(['welcome', 'message']);
});

it('disconnects a slow reader and keeps what it has not read', () => {
  const socket = new FakeSocket();
  session.attach(1, socket, HELLO, ICE);
  socket.bufferedAmount = 2_000_000;
  session.send({ type: 'call.dtmf', callId: 'c', digit: '1', durationMs: 1 });
  expect(socket.closed).toBe('terminated');
  session.send({ type: 'call.stats', callId: 'c', far: stats });
  session.detach(1);
  const next = new FakeSocket();
  session.attach(2, next, { ...HELLO, resume: { sessionId: 's', received: 0 } }, ICE);
  expect(said(next)).toEqual(['welcome', 'message', 'message']);
});

it('ends when nothing is acknowledged for long', () => {
  session.attach(1, new FakeSocket(), HELLO, ICE);
  session.detach(1);
  for (let sent = 0; sent < 300; sent += 1) {
    session.send({ type: 'call.dtmf', callId: 'c', digit: '1', durationMs: 1 });
  }
  expect(happened.at(-1)).toBe('ended signaling.too_many_messages');
});

it('finds a dead connection by its silence', () => {
  const socket = new FakeSocket();
  session.attach(1, socket, HELLO, ICE);
  vi.advanceTimersByTime(20_000);
  expect(said(socket)).toEqual(['welcome', 'ping', 'ping']);
  expect(socket.closed).toEqual({ code: 4408, reason: 'signaling.ws_dropped' });
  expect(happened).toEqual(['attached', 'detached']);
});

it('tells a socket that is dead from a page that stands still, and drops neither', () => {
  const socket = new FakeSocket();
  session.attach(1, socket, HELLO, ICE);
  let seq = 0;
  const figures = (): void => {
    seq += 1;
    const message = {
      type: 'call.evidence',
      callId: 'c',
      events: [],
      samples: [{ atMs: 1, ms: 1_000 }],
      sentMs: 1,
    } as const;
    session.receive({ type: 'frame', connection: 1, frame: { type: 'message', seq, ack: 0, message } });
  };
  const wait = (ms: number, onPing?: () => void): void => {
    for (let spent = 0; spent < ms; spent += 250) {
      vi.advanceTimersByTime(250);
      const before = socket.pings;
      session.checkAttention();
      if (socket.pings > before) onPing?.();
    }
  };
  figures();
  happened = [];
  wait(7_000, () => session.answered(1, ''));
  expect(happened).toEqual(['quiet 5000']);
  figures();
  wait(7_000, () => session.answered(7, ''));
  expect(happened.filter((what) => what !== 'call.evidence')).toEqual(['quiet 5000', 'heard 7000', 'silent 4500']);
  expect(session.attached).toBe(true);
  // A page that is back on another socket begins anew.
  session.attach(2, new FakeSocket(), { ...HELLO, resume: { sessionId: 's', received: 0 } }, ICE);
  happened = [];
  wait(9_000);
  expect(happened).toEqual([]);
});

it('may be ended from within a message', () => {
  session.attach(1, new FakeSocket(), HELLO, ICE);
  onMessage = () => session.end(fault('internal.bug'));
  const message = { type: 'presence.set', available: true } as const;
  session.receive({ type: 'frame', connection: 1, frame: { type: 'message', seq: 1, ack: 0, message } });
  expect(happened).toEqual(['attached', 'presence.set', 'ended internal.bug']);
});

it('loses with a newer token what that does not allow', () => {
  session.available = true;
  session.renew({ ...identity, mayCall: ['echo'] });
  expect([session.identity.mayCall, session.available]).toEqual([['echo'], true]);
  session.renew({ ...identity, mayReceive: false });
  expect(session.available).toBe(false);
});
