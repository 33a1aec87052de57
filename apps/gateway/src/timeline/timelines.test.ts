import { ok, type Result } from '@earshot/base';
import type { LegStats } from '@earshot/calls';
import { diagnose, type LiveDiagnosis, startDiagnosis } from '@earshot/diagnosis';
import type { CallRecord, CallTimeline, RelayEvent, Verdict, VerdictEvent } from '@earshot/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { now } from '../clock.js';
import { MemoryStore } from '../store/index.js';
import { standsStill } from '../testing/clock.js';
import { recordingLog } from '../testing/records.js';
import type { CallObserver } from './observer.js';
import { Timelines } from './timelines.js';
import type { CallWatch } from './types.js';

const ENDED = { type: 'call.ended', result: 'completed', by: 'caller' } as const;
const INTERRUPTED = { result: 'failed', by: 'gateway', code: 'server.interrupted' } as const;
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

let store: MemoryStore;
let timelines: Timelines;
let heard: string[];
let start: number;

beforeEach(() => {
  vi.useFakeTimers();
  start = now();
  store = new MemoryStore();
  heard = [];
  timelines = new Timelines({
    store,
    knows: (tag) => tag === alice.tag || tag === bob.tag,
    observers: [
      {
        event: (_, event) => void heard.push(event.type),
        turnedAway: (code) => void heard.push(code),
        closed: ({ callId }, { provisional }) => void heard.push(`closed ${callId}${provisional ? ' too early' : ''}`),
      },
    ],
  });
});
afterEach(async () => {
  await timelines.close();
  vi.useRealTimers();
});

const timelineOf = async (callId: string): Promise<CallTimeline | undefined> =>
  (await timelines.find(callId))?.timeline;
const types = async (callId: string): Promise<string[] | undefined> =>
  (await timelineOf(callId))?.entries.map(({ event }) => event.type);
const stored = async (callId: string): Promise<CallTimeline | undefined> => (await store.find(callId))?.timeline;
const legsOf = ({ entries }: CallTimeline): unknown[] =>
  entries.map((entry) => ('leg' in entry ? entry.leg : undefined));

const CLOSED = { type: 'ice.connection', atMs: 0, state: 'closed' } as const;

describe('the timeline of a call', () => {
  it('is there while it runs, and waits for last words before it is final', async () => {
    const call = timelines.begin('c1', alice);
    call.note({ type: 'call.state', state: 'ringing' });
    expect(timelines.states()).toEqual(new Map([['ringing', 1]]));
    void call.end(ENDED);
    call.note({ type: 'call.state', state: 'connected' });
    expect(timelines.states().size).toBe(0);
    expect((await store.find('c1'))?.record).toMatchObject({ result: 'completed', provisional: true });
    timelines.evidence(alice, 'c1', [CLOSED]);
    timelines.relay(closed(), alice.tag, now());
    vi.advanceTimersByTime(10_000);
    expect((await stored('c1'))?.entries).toHaveLength(4);
    expect((await store.find('c1'))?.record.provisional).toBe(false);
    expect((await timelineOf('c1'))?.endedAt).toBeDefined();
    timelines.evidence(alice, 'c1', [CLOSED]);
    vi.advanceTimersByTime(200_000);
    expect((await stored('c1'))?.entries).toHaveLength(4);
    expect((await store.search({})).calls).toHaveLength(1);
    expect(heard).toEqual(['call.state', 'call.ended', 'closed c1']);
  });

  it('leaves what was known of it, and its end, where the server dies', async () => {
    const begun: CallRecord[] = [];
    const append = vi.spyOn(store, 'append');
    const begin = store.begin.bind(store);
    vi.spyOn(store, 'begin').mockImplementation((record) => {
      begun.push(record);
      begin(record);
    });
    const call = timelines.begin('c1', alice);
    vi.advanceTimersByTime(500);
    call.note({ type: 'call.state', state: 'connected' });
    expect(begun.at(-1)).toMatchObject({ result: 'unfinished', connectedAt: now() });
    expect(append).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(40_000);
    expect(begun).toHaveLength(4);

    // The next server closes the record; nobody wrote an end into its timeline.
    await store.keep({ ...(begun.at(-1) as CallRecord), endedAt: now(), ...INTERRUPTED, provisional: false });
    const later = new Timelines({ store, knows: () => false, judge: { start: startDiagnosis, diagnose } });
    expect(await later.find('c1')).toMatchObject({
      timeline: { entries: [{}, { event: { type: 'call.ended', ...INTERRUPTED } }], endedAt: now() },
      verdicts: [{ code: 'server.interrupted', side: 'gateway' }],
    });
    await later.close();
  });

  it('takes evidence from its own browsers alone, each for its leg', async () => {
    const call = timelines.begin('c1', alice);
    const event = { type: 'ice.gathering', atMs: 5, state: 'complete' } as const;
    timelines.evidence(bob, 'c1', [event]);
    timelines.evidence(alice, 'c2', [event]);
    expect(await types('c1')).toEqual([]);
    call.calls('browser', bob);
    timelines.evidence(bob, 'c1', [event]);
    timelines.evidence(alice, 'c1', [event]);
    const timeline = await timelineOf('c1');
    expect(timeline && legsOf(timeline).sort()).toEqual(['callee', 'caller']);
    expect(timeline?.callee).toBe('browser');
  });

  it('places a callee no earlier than it was called', async () => {
    const call = timelines.begin('c1', undefined);
    vi.advanceTimersByTime(500);
    call.calls('browser', bob);
    const calledAt = now();
    vi.advanceTimersByTime(300);
    timelines.evidence(bob, 'c1', [{ type: 'ice.gathering', atMs: 100, state: 'gathering' }], 200);
    expect((await timelineOf('c1'))?.clocks).toEqual([{ leg: 'callee', askedAt: calledAt + 50, withinMs: 50 }]);
  });

  it('is joined by what the relay saw of its session, and by no other', async () => {
    timelines.begin('c1', alice);
    timelines.begin('c2', bob);
    timelines.relay(allocated(), alice.tag, now());
    timelines.relay(allocated(), 'of a stranger', now());
    timelines.relay(allocated(), undefined, now());
    expect([await types('c1'), await types('c2')]).toEqual([['turn.allocated'], []]);
    // What nobody had a session for is not even remembered: the names are whatever strangers claim.
    timelines.begin('c3', { tag: 'of a stranger' });
    expect(await types('c3')).toEqual([]);
  });

  it('is joined by the allocation that was made before it was asked for', async () => {
    timelines.relay(allocated(1), alice.tag, now());
    vi.advanceTimersByTime(10_001);
    timelines.relay(allocated(2), alice.tag, now());
    timelines.relay(closed(2), alice.tag, now());
    vi.advanceTimersByTime(100);
    timelines.relay(allocated(3), alice.tag, now());
    timelines.begin('c1', alice);
    // The first is too old, the second was an earlier call's.
    expect((await timelineOf('c1'))?.entries.map(({ event }) => event)).toEqual([allocated(3)]);
    timelines.sessionEnded(alice);
    timelines.begin('c2', alice);
    expect(await types('c2')).toEqual([]);
  });

  it('does not remember more of a session than there can be need of', async () => {
    for (let port = 1; port <= 100; port += 1) timelines.relay(allocated(port), alice.tag, now());
    timelines.begin('c1', alice);
    expect(await types('c1')).toHaveLength(32);
  });

  it('ends where its id is used again, and both have their record', async () => {
    void timelines.begin('c1', alice).end(ENDED);
    const again = timelines.begin('c1', bob);
    expect(await types('c1')).toEqual([]);
    void again.end(ENDED);
    expect(new Set((await store.search({})).calls.map(({ key }) => key)).size).toBe(2);
  });

  it('is not stored of what strangers dial, but its record is', async () => {
    void timelines.begin('c1', undefined).end(ENDED);
    const rang = timelines.begin('c2', undefined);
    rang.calls('sip');
    void rang.end(ENDED);
    vi.advanceTimersByTime(10_000);
    expect([await stored('c1'), (await stored('c2'))?.callId]).toEqual([undefined, 'c2']);
    expect((await store.find('c1'))?.record).toMatchObject({ caller: 'sip', result: 'completed', provisional: false });
    expect(heard).toContain('closed c1');
  });

  it('does not wait in a flood', async () => {
    const final = async (): Promise<number> => heard.filter((what) => what.startsWith('closed')).length;
    for (let count = 0; count < 1_000; count += 1) void timelines.begin(`c${count}`, alice).end(ENDED);
    expect(await final()).toBe(1_000 - 256);
    vi.advanceTimersByTime(10_000);
    expect(await final()).toBe(1_000);
  });

  it('has each kind of check once, however often it was stored', async () => {
    const call = timelines.begin('c1', alice);
    for (const count of [1, 2, 4, 8]) {
      call.note({ type: 'ice.check', leg: 'caller', outcome: 'valid', from: client, count, until: now() });
      vi.advanceTimersByTime(4_000);
    }
    void call.end(ENDED);
    vi.advanceTimersByTime(10_000);
    const counts = (await timelineOf('c1'))?.entries.map(({ event }) => event.type === 'ice.check' && event.count);
    expect(counts).toEqual([8, false]);
  });

  it('is handed over when the server stops', async () => {
    timelines.begin('c1', alice);
    expect(store.running).toHaveLength(1);
    await timelines.close();
    expect(await store.find('c1')).toMatchObject({
      record: { result: 'failed', code: 'signaling.server_stopping', provisional: false },
      timeline: { callId: 'c1' },
    });
    expect(store.running).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the record of a call', () => {
  it('is kept before anybody is told of the end', async () => {
    let kept: () => void = () => {};
    const saved = new Promise<Result<void>>((resolve) => {
      kept = () => resolve(ok(undefined));
    });
    vi.spyOn(store, 'keep').mockImplementationOnce(async () => await saved);
    const told = vi.fn();
    void timelines.begin('c1', alice).end(ENDED).then(told);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(told).not.toHaveBeenCalled();
    kept();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toHaveBeenCalledOnce();
  });

  it.each([
    ['does not answer', async () => await new Promise<never>(() => {})],
    ['breaks', async () => await Promise.reject(new Error('a bug'))],
  ])('is not waited for longer than 2 s where the store %s', async (_what, keep) => {
    vi.spyOn(store, 'keep').mockImplementationOnce(keep);
    const told = vi.fn();
    void timelines.begin('c1', alice).end(ENDED).then(told);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toHaveBeenCalledOnce();
  });

  it('says who, by which way, when and how it ended', async () => {
    const call = timelines.begin('c1', alice, { from: 'alice', to: '+4930123456' });
    call.calls('sip');
    call.note({ type: 'call.route', direction: 'outbound', route: '+*', trunk: 'pbx' });
    timelines.evidence(alice, 'c1', [
      {
        type: 'client.info',
        atMs: 0,
        browser: { name: 'Chromium', version: '156', os: 'Linux' },
        sdk: '0.1.0',
        network: { online: true, type: 'wifi' },
      },
    ]);
    call.note({ type: 'ice.state', leg: 'caller', state: 'connected', remote: client });
    vi.advanceTimersByTime(100);
    call.note({ type: 'call.state', state: 'answered' });
    vi.advanceTimersByTime(100);
    call.note({ type: 'call.state', state: 'connected' });
    void call.end({ type: 'call.ended', result: 'failed', by: 'callee', code: 'sip.pbx_timeout' });
    expect((await store.find('c1'))?.record).toEqual({
      key: `${start}-c1`,
      callId: 'c1',
      startedAt: start,
      answeredAt: start + 100,
      connectedAt: start + 200,
      endedAt: start + 200,
      caller: 'browser',
      callee: 'sip',
      from: 'alice',
      to: '+4930123456',
      direction: 'outbound',
      route: '+*',
      trunk: 'pbx',
      result: 'failed',
      by: 'callee',
      code: 'sip.pbx_timeout',
      browsers: [
        {
          leg: 'caller',
          browser: { name: 'Chromium', version: '156', os: 'Linux' },
          via: 'direct',
          transport: 'udp',
          family: 'ipv4',
          network: '198.51.100.0/24',
          networkType: 'wifi',
        },
      ],
      quality: [],
      withoutAudio: false,
      provisional: true,
    });
  });

  it.each([
    ['short', 'a…', '+4930123xxx', '198.51.100.0/24'],
    ['hidden', undefined, undefined, 'public'],
  ] as const)(
    'holds no more than the privacy level %s allows, nor does anything else',
    async (privacy, from, to, network) => {
      await timelines.close();
      const seen: unknown[] = [];
      const observer: CallObserver = {
        event: (_, event, { record }) => void seen.push(event, record),
        closed: (...all) => void seen.push(all),
      };
      timelines = new Timelines({ store, knows: () => true, privacy, observers: [observer] });
      const call = timelines.begin('c1', alice, { from: 'alice', to: '+4930123456' });
      call.note({ type: 'ice.state', leg: 'caller', state: 'connected', remote: client });
      const live = timelines.live()[0];
      void call.end(ENDED);
      const found = await timelines.find('c1');
      vi.advanceTimersByTime(10_000);
      const record = (await store.find('c1'))?.record;
      expect([record?.from, record?.to, record?.browsers[0]?.network]).toEqual([from, to, network]);
      const all = JSON.stringify([seen, live, found, await stored('c1'), record]);
      expect(all).not.toMatch(/alice|456|198\.51\.100\.9/);
    },
  );
});

describe('a call that never began', () => {
  const asked = { type: 'mic.asked', atMs: 0, secure: true } as const;
  const denied = { type: 'mic.failed', atMs: 800, code: 'mic.denied_by_user', name: 'NotAllowedError' } as const;

  it('has a record and a timeline, by what its browser says', async () => {
    timelines.evidence(alice, 'c1', [asked]);
    vi.advanceTimersByTime(1_000);
    timelines.abandoned(alice, 'c1', { from: 'alice', to: 'echo' }, { code: 'mic.denied_by_user' });
    timelines.evidence(alice, 'c1', [denied]);
    vi.advanceTimersByTime(6_000);
    const { record, timeline } = (await timelines.find('c1')) ?? {};
    expect(record).toMatchObject({
      result: 'failed',
      by: 'caller',
      code: 'mic.denied_by_user',
      from: 'alice',
      to: 'echo',
    });
    expect(timeline?.entries.map(({ event }) => event.type)).toEqual(['mic.asked', 'mic.failed', 'call.ended']);
    expect(record?.callee).toBeUndefined();
  });

  it('has them, too, where the page went without a word', async () => {
    timelines.evidence(alice, 'c1', [asked, { type: 'mic.waiting', atMs: 9_000, waitedMs: 9_000 }]);
    timelines.evidence(bob, 'c2', [asked, denied]);
    timelines.sessionEnded(alice, { from: 'alice' });
    expect((await store.find('c1'))?.record).toMatchObject({ code: 'mic.prompt_ignored', from: 'alice' });
    vi.advanceTimersByTime(119_000);
    expect(await store.find('c2')).toBeUndefined();
    vi.advanceTimersByTime(2_000);
    expect((await store.find('c2'))?.record.code).toBe('mic.denied_by_user');
  });

  it('is not made of what a page still says of a call of before, under another session', async () => {
    timelines.evidence(alice, 'c1', [CLOSED]);
    timelines.evidence(bob, 'c2', [CLOSED]);
    timelines.sessionEnded(alice);
    vi.advanceTimersByTime(200_000);
    expect((await store.search({})).calls).toEqual([]);
  });

  it('joins the call where that does begin', async () => {
    timelines.evidence(alice, 'c1', [asked]);
    vi.advanceTimersByTime(3_000);
    timelines.begin('c1', alice);
    timelines.abandoned(alice, 'c1', {});
    expect(await types('c1')).toEqual(['mic.asked']);
    expect((await timelineOf('c1'))?.entries[0]?.at).toBe(start);
  });

  it('is not made of many ids, nor many times, nor of a call that is over', async () => {
    for (let count = 0; count < 20; count += 1) timelines.evidence(alice, `c${count}`, [asked]);
    timelines.sessionEnded(alice);
    expect((await store.search({})).calls).toHaveLength(4);
    for (let count = 100; count < 200; count += 1) timelines.abandoned(bob, `c${count}`, {});
    expect((await store.search({ limit: 100 })).calls).toHaveLength(4 + 10);
    vi.advanceTimersByTime(60_000);
    timelines.abandoned(bob, 'c0', {});
    timelines.turnedAway('call.limit_reached', 'c300');
    timelines.evidence(bob, 'c300', [asked]);
    timelines.sessionEnded(bob);
    expect((await store.search({ limit: 100 })).calls).toHaveLength(4 + 10);
  });
});

describe('the diagnosis of a running call', () => {
  const FAULT = {
    type: 'verdict.raised',
    code: 'media.one_way_uplink',
    layer: 'network',
    side: 'caller',
    weight: 'fault',
    confidence: 0.9,
    text: 'Nothing comes.',
  } as const satisfies VerdictEvent;
  const verdict: Verdict = {
    ...FAULT,
    since: 0,
    next: { user: '', operator: '' },
    evidence: [],
    consequences: [],
  };
  const legStats = (packetsReceived: number, ageMs: number): LegStats => ({
    packetsReceived,
    bytesReceived: packetsReceived * 160,
    packetsSent: 0,
    bytesSent: 0,
    packetsLost: 0,
    jitterMs: 1.23,
    srtpAuthFailures: 0,
    srtpReplays: 0,
    ageMs,
  });
  let given: string[];
  let call: CallWatch;

  const begin = async (diagnosis: Partial<LiveDiagnosis> = {}, observers: readonly CallObserver[] = []) => {
    await timelines.close();
    given = [];
    const live: LiveDiagnosis = {
      describe: ({ callee }) => void given.push(`describe ${callee}`),
      entry: ({ event }) => void given.push(event.type),
      sample: ({ source, leg, figures }) => void given.push(`${source} ${leg} ${figures.packetsReceived}`),
      tick: () => [],
      end: () => [],
      verdicts: [],
      ...diagnosis,
    };
    const judge = { start: () => live, diagnose: () => ({ verdicts: [verdict], coverage: NOTHING, summary: '' }) };
    timelines = new Timelines({ store, knows: () => true, judge, observers, log });
    call = timelines.begin('c1', alice);
    call.calls('sip');
    call.legs('leg-a', 'leg-b');
  };
  const { log, records } = recordingLog();
  const NOTHING = { vantages: [], can: [], cannot: [] };

  it('is given all that is seen, figures as those of their interval', async () => {
    await begin();
    call.note({ type: 'call.state', state: 'answered' });
    timelines.evidence(alice, 'c1', [CLOSED], 1_000, [{ ms: 1_000, atMs: 1_000, packetsReceived: 7 }]);
    timelines.relay(allocated(), alice.tag, now());
    timelines.legStats('leg-b', legStats(50, 1_000));
    timelines.legStats('leg-b', legStats(99, 2_000));
    timelines.legStats('leg-b', legStats(99, 2_001));
    timelines.legStats('of nobody', legStats(50, 1_000));
    expect(given).toEqual([
      'describe sip',
      'call.state',
      'ice.connection',
      'browser caller 7',
      'turn.allocated',
      'gateway callee 50',
      'gateway callee 49',
    ]);
    expect((await timelineOf('c1'))?.samples.at(-1)?.figures).toMatchObject({
      ms: 1_000,
      jitterMs: 1.2,
      bytesReceived: 7_840,
    });
  });

  it('is asked each second, and what it says is an entry, a cause, and told', async () => {
    const told: unknown[] = [];
    let ticks = 0;
    await begin({ tick: () => (++ticks === 2 ? [FAULT] : []), verdicts: [verdict] }, [
      { verdict: (_, event) => void told.push(event) },
    ]);
    vi.advanceTimersByTime(5_050);
    expect(ticks).toBe(5);
    expect(await types('c1')).toEqual(['verdict.raised']);
    expect(told).toEqual([FAULT]);
    expect(timelines.live()).toMatchObject([{ callId: 'c1', cause: { code: 'media.one_way_uplink' } }]);
    void call.end(ENDED);
    expect((await store.find('c1'))?.record.cause).toMatchObject({ code: 'media.one_way_uplink', side: 'caller' });
    vi.advanceTimersByTime(10_000);
    expect((await timelines.find('c1'))?.verdicts).toEqual([verdict]);
  });

  it('and observers may break without harm to the call', async () => {
    const broken = (): never => {
      throw new Error('a bug');
    };
    await begin({ entry: broken }, [{ event: broken, sample: broken, closed: broken }]);
    call.note({ type: 'call.state', state: 'answered' });
    timelines.legStats('leg-b', legStats(50, 1_000));
    void call.end(ENDED);
    vi.advanceTimersByTime(10_000);
    expect(records.map(({ msg }) => msg)).toEqual(['the diagnosis failed', 'an observer of calls failed']);
    expect((await store.find('c1'))?.record.provisional).toBe(false);
  });

  it('is told when the gateway itself stood still', async () => {
    const forward = standsStill();
    await begin();
    forward(900);
    vi.advanceTimersByTime(150);
    expect((await timelineOf('c1'))?.entries.map(({ event }) => event)).toMatchObject([
      { type: 'gateway.stalled', lateMs: expect.toSatisfy((late: number) => late >= 850 && late <= 950) },
    ]);
  });

  it('keeps ten minutes of samples in memory, and finds older ones in the store', async () => {
    await begin();
    for (let second = 1; second <= 700; second += 1) {
      vi.advanceTimersByTime(1_000);
      timelines.legStats('leg-b', legStats(50 * second, 1_000 * second));
    }
    const find = vi.spyOn(store, 'find').mockResolvedValue(undefined);
    expect((await timelineOf('c1'))?.samples.length).toBeLessThan(605);
    expect((await timelineOf('c1'))?.omittedSamples).toBe(0);
    expect(find).toHaveBeenCalledWith(`${start}-c1`);
    void call.end(ENDED);
    vi.advanceTimersByTime(10_000);
    find.mockRestore();
    expect((await stored('c1'))?.samples).toHaveLength(700);
  });
});
