import type { CallTimeline, GatewayEvent, RelayEvent } from '@earshot/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecentCalls } from './recent-calls.js';
import { Timelines } from './timelines.js';

// Timers and clock move together.
vi.mock('../clock.js', () => ({ now: () => Date.now() }));

const ENDED: GatewayEvent = { type: 'call.ended', result: 'completed', by: 'caller' };
const alice = { tag: 'alice-tag' };
const bob = { tag: 'bob-tag' };
const client = { address: '198.51.100.9', port: 61_000 };

const allocated = (port = 61_000): RelayEvent => ({
  type: 'turn.allocated',
  transport: 'udp',
  client: { ...client, port },
  relayed: { address: '203.0.113.5', port: 45_000 },
  lifetimeMs: 600_000,
});
const closed = (port = 61_000): RelayEvent => ({
  type: 'turn.closed',
  transport: 'udp',
  client: { ...client, port },
  reason: 'refresh-zero',
  durationMs: 1,
  packetsUp: 0,
  packetsDown: 0,
  bytesUp: 0,
  bytesDown: 0,
  droppedUp: 0,
  droppedDown: 0,
});

let store: RecentCalls;
let timelines: Timelines;
let heard: string[];
const now = (): number => Date.now();

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  store = new RecentCalls();
  heard = [];
  timelines = new Timelines({
    store,
    knows: (tag) => tag === alice.tag || tag === bob.tag,
    listener: {
      event: (_, event) => heard.push(event.type),
      turnedAway: (code) => heard.push(code),
      closed: ({ callId }) => heard.push(`closed ${callId}`),
    },
  });
});
afterEach(() => {
  timelines.close();
  vi.useRealTimers();
});

const types = (callId: string): string[] | undefined => timelines.find(callId)?.entries.map(({ event }) => event.type);
const legsOf = ({ entries }: CallTimeline): unknown[] =>
  entries.map((entry) => ('leg' in entry ? entry.leg : undefined));

describe('the timeline of a call', () => {
  it('is there while it runs, and waits for last words before it is kept', () => {
    const call = timelines.begin('c1', alice);
    call.note({ type: 'call.state', state: 'ringing' });
    expect(timelines.states()).toEqual(new Map([['ringing', 1]]));
    call.note(ENDED);
    call.note({ type: 'call.state', state: 'connected' });
    expect(timelines.states().size).toBe(0);
    expect(store.find('c1')).toBeUndefined();
    timelines.evidence(alice, 'c1', [{ type: 'ice.connection', atMs: 0, state: 'closed' }]);
    timelines.relay(closed(), alice.tag, now());
    vi.advanceTimersByTime(10_000);
    expect(store.find('c1')?.entries).toHaveLength(4);
    expect(timelines.find('c1')?.endedAt).toBeDefined();
    timelines.evidence(alice, 'c1', [{ type: 'ice.connection', atMs: 0, state: 'closed' }]);
    expect(store.find('c1')?.entries).toHaveLength(4);
    expect(heard).toEqual(['call.state', 'call.ended', 'closed c1']);
  });

  it('takes evidence from its own browsers alone, each for its leg', () => {
    const call = timelines.begin('c1', alice);
    const event = { type: 'ice.gathering', atMs: 5, state: 'complete' } as const;
    timelines.evidence(bob, 'c1', [event]);
    timelines.evidence(alice, 'c2', [event]);
    expect(types('c1')).toEqual([]);
    call.calls('browser', bob);
    timelines.evidence(bob, 'c1', [event]);
    timelines.evidence(alice, 'c1', [event]);
    const timeline = timelines.find('c1');
    expect(timeline && legsOf(timeline).sort()).toEqual(['callee', 'caller']);
    expect(timeline?.callee).toBe('browser');
  });

  it('places a callee no earlier than it was called', () => {
    const call = timelines.begin('c1', undefined);
    vi.advanceTimersByTime(500);
    call.calls('browser', bob);
    const calledAt = now();
    vi.advanceTimersByTime(300);
    timelines.evidence(bob, 'c1', [{ type: 'ice.gathering', atMs: 100, state: 'gathering' }], 200);
    expect(timelines.find('c1')?.clocks).toEqual([{ leg: 'callee', askedAt: calledAt + 50, withinMs: 50 }]);
  });

  it('is joined by what the relay saw of its session, and by no other', () => {
    timelines.begin('c1', alice);
    timelines.begin('c2', bob);
    timelines.relay(allocated(), alice.tag, now());
    timelines.relay(allocated(), 'of a stranger', now());
    timelines.relay(allocated(), undefined, now());
    expect([types('c1'), types('c2')]).toEqual([['turn.allocated'], []]);
    // What nobody had a session for is not even remembered: the names are whatever strangers claim.
    timelines.begin('c3', { tag: 'of a stranger' });
    expect(types('c3')).toEqual([]);
  });

  it('is joined by the allocation that was made before it was asked for', () => {
    timelines.relay(allocated(1), alice.tag, now());
    vi.advanceTimersByTime(10_001);
    timelines.relay(allocated(2), alice.tag, now());
    timelines.relay(closed(2), alice.tag, now());
    vi.advanceTimersByTime(100);
    timelines.relay(allocated(3), alice.tag, now());
    timelines.begin('c1', alice);
    // The first is too old, the second was an earlier call's.
    expect(timelines.find('c1')?.entries.map(({ event }) => event)).toEqual([allocated(3)]);
    timelines.sessionEnded(alice);
    timelines.begin('c2', alice);
    expect(types('c2')).toEqual([]);
  });

  it('does not remember more of a session than there can be need of', () => {
    for (let port = 1; port <= 100; port += 1) timelines.relay(allocated(port), alice.tag, now());
    timelines.begin('c1', alice);
    expect(types('c1')).toHaveLength(32);
  });

  it('ends where its id is used again', () => {
    timelines.begin('c1', alice).note(ENDED);
    timelines.begin('c1', bob);
    expect(types('c1')).toEqual([]);
    expect(store.find('c1')?.entries).toHaveLength(1);
  });

  it('is not kept of what strangers dial: it would push out all others', () => {
    timelines.begin('c1', undefined).note(ENDED);
    const rang = timelines.begin('c2', undefined);
    rang.calls('sip');
    rang.note(ENDED);
    vi.advanceTimersByTime(10_000);
    expect([store.find('c1'), store.find('c2')?.callId]).toEqual([undefined, 'c2']);
    expect(heard).toContain('closed c1');
  });

  it('does not wait in a flood', () => {
    for (let count = 0; count < 1_000; count += 1) timelines.begin(`c${count}`, alice).note(ENDED);
    expect(store.list(10_000)).toHaveLength(1_000 - 256);
    vi.advanceTimersByTime(10_000);
    expect(store.list(10_000)).toHaveLength(1_000);
  });

  it('is handed over when the server stops', () => {
    timelines.begin('c1', alice);
    timelines.close();
    expect(store.find('c1')).toMatchObject({ callId: 'c1' });
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('lists calls newest first, page by page, running or not', () => {
  for (let count = 0; count < 7; count += 1) {
    const call = timelines.begin(`c${count}`, alice);
    if (count < 4) call.note(ENDED);
    vi.advanceTimersByTime(count < 4 ? 10_000 : 1);
  }
  const seen: string[] = [];
  for (let page = timelines.list(3); page.length > 0; page = timelines.list(3, page.at(-1))) {
    seen.push(page.map(({ callId }) => callId).join(' '));
  }
  expect(seen).toEqual(['c6 c5 c4', 'c3 c2 c1', 'c0']);
});

it('lists calls of one moment once each', () => {
  for (let count = 0; count < 5; count += 1) timelines.begin(`c${count}`, alice).note(ENDED);
  vi.advanceTimersByTime(10_000);
  const [first] = timelines.list(1);
  const rest = timelines.list(10, first);
  expect([first, ...rest].map((timeline) => timeline?.callId)).toEqual(['c4', 'c3', 'c2', 'c1', 'c0']);
});

describe('the newest ended calls', () => {
  const timeline = (callId: string, entries: number): CallTimeline => ({
    version: 2,
    callId,
    startedAt: 0,
    caller: 'sip',
    clocks: [],
    entries: Array.from({ length: entries }, () => ({ at: 0, source: 'gateway', event: ENDED }) as const),
    samples: [],
    omitted: 0,
    omittedSamples: 0,
  });

  it.each([
    ['in number', 3, 1_000, ['c4', 'c3', 'c2']],
    ['in what they hold', 100, 25, ['c4', 'c3']],
  ])('are bounded %s', (_what, calls, entries, left) => {
    const recent = new RecentCalls(calls, entries);
    for (let count = 0; count < 5; count += 1) recent.keep(timeline(`c${count}`, 10));
    expect(recent.list(10).map(({ callId }) => callId)).toEqual(left);
    expect(recent.find('c0')).toBeUndefined();
  });

  it('are found by an id that was used again', () => {
    const recent = new RecentCalls();
    recent.keep(timeline('c1', 1));
    recent.keep(timeline('c1', 2));
    expect(recent.find('c1')?.entries).toHaveLength(2);
  });
});
