import { fault } from '@earshot/base';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserSdp, phoneAnswer, phoneOffer } from '../testing/descriptions.js';
import { callId, EngineWorld, type Page } from '../testing/engine-world.js';

let world: EngineWorld;
const ID = callId(1);
const A = `${ID}-a`;

beforeEach(() => {
  world = new EngineWorld();
});
afterEach(() => {
  vi.useRealTimers();
  world.close();
  expect(world.engine.size).toBe(0);
  expect(opened()).toEqual(closed());
});

const opened = () => world.commands.flatMap((command) => (command.type.endsWith('.open') ? legOf(command) : [])).sort();
const closed = () => world.commands.flatMap((command) => (command.type === 'close' ? command.legId : [])).sort();
const legOf = (command: object): string[] => ('legId' in command ? [String(command.legId)] : []);

const start = (page: Page, to: string, id = ID): void =>
  page.say({ type: 'call.start', callId: id, to, sdp: browserSdp('actpass'), displayName: 'Alice Arnold' });

/** A page calls the line and is heard; the SIP leg's id. */
async function connected(page: Page): Promise<string> {
  start(page, 'echo');
  const { legId, sdp } = await world.told('invite');
  world.sip({ type: 'answered', legId, sdp: phoneAnswer(sdp), toTag: 't' });
  world.heard(A, legId);
  page.say({ type: 'call.receiving', callId: ID });
  expect(page.states.at(-1)).toBe('connected');
  return legId;
}

describe('a page calls the phone network', () => {
  it('is answered at once, rings, and is connected when both are heard', async () => {
    const page = world.page();
    start(page, 'echo');
    const invite = await world.told('invite');
    expect(invite).toMatchObject({
      uri: 'sip:echo@127.0.0.1:7000',
      from: { uri: 'sip:alice@127.0.0.1:5060', displayName: 'Alice Arnold' },
      sessionId: ID,
    });
    expect((await page.told('call.answer')).sdp).toContain('a=setup:passive');
    world.sip({ type: 'progress', legId: invite.legId, status: 180, reason: 'Ringing', toTag: 't' });
    world.sip({ type: 'answered', legId: invite.legId, sdp: phoneAnswer(invite.sdp), toTag: 't' });
    expect(page.states).toEqual(['routing', 'ringing', 'answered']);
    world.heard(A, invite.legId);
    page.say({ type: 'call.receiving', callId: ID });
    expect(page.states.at(-1)).toBe('connected');
  });

  it('ends the SIP leg when the page hangs up, and the page when the phone does', async () => {
    const page = world.page();
    const legId = await connected(page);
    page.say({ type: 'call.hangup', callId: ID });
    expect(world.agent.told.of('hangup')).toEqual([{ type: 'hangup', legId }]);
    expect(await page.told('call.ended')).toMatchObject({ result: 'completed', by: 'browser' });
    expect(world.engine.size).toBe(0);

    const other = world.page('bob');
    start(other, 'echo', callId(2));
    await vi.waitUntil(() => world.agent.told.of('invite').length === 2, { interval: 1 });
    const second = world.agent.told.of('invite')[1]?.legId ?? '';
    world.sip({ type: 'failed', legId: second, fault: fault('sip.busy'), status: 486, reason: 'Busy', local: false });
    expect(await other.told('call.ended')).toMatchObject({ result: 'busy', by: 'far-end' });
  });

  it('is refused where its token does not allow it', async () => {
    const page = world.page('alice', ['music', '+49*']);
    start(page, 'echo');
    expect((await page.told('call.ended')).fault?.code).toBe('auth.destination_not_allowed');
    start(page, '+4930', callId(2));
    expect(await world.told('invite')).toMatchObject({ uri: 'sip:+4930@127.0.0.1:7001' });
  });

  it('is refused at a host without an address', async () => {
    const page = world.page();
    start(page, 'nowhere');
    expect((await page.told('call.ended')).fault?.code).toBe('call.unknown_destination');
  });

  it('hears a second call under the same id refused, while the first goes on', async () => {
    const page = world.page();
    start(page, 'echo');
    start(page, 'echo');
    expect((await page.told('call.ended')).fault?.code).toBe('call.wrong_state');
    await world.told('invite');
    start(page, 'echo');
    expect(page.received.of('call.ended')).toHaveLength(2);
    expect(world.engine.size).toBe(1);
  });

  it('relays keys to nobody else and answers a restart of ICE', async () => {
    const page = world.page();
    const legId = await connected(page);
    world.sip({ type: 'dtmf', legId, digit: '7', durationMs: 100 });
    expect(await page.told('call.dtmf')).toMatchObject({ digit: '7' });
    page.say({ type: 'call.description', callId: ID, kind: 'offer', sdp: browserSdp('actpass', 'next') });
    expect(await page.told('call.description')).toMatchObject({ kind: 'answer' });
    expect(world.commands.at(-3)).toMatchObject({ type: 'webrtc.restart', legId: A });
    page.say({ type: 'call.description', callId: ID, kind: 'offer', sdp: 'v=0\r\nnonsense' });
    expect(await page.told('call.refused')).toMatchObject({
      request: 'call.description',
      fault: { code: 'media.bad_sdp' },
    });
    expect(world.agent.told.of('reinvite-answer')).toEqual([]);
  });

  it('answers a re-INVITE, or refuses it', async () => {
    const legId = await connected(world.page());
    world.sip({ type: 'reinvite', legId, sdp: phoneOffer(4002), needsAnswer: true });
    world.sip({ type: 'reinvite', legId, sdp: 'v=0\r\nnonsense', needsAnswer: true });
    world.sip({ type: 'reinvite', legId, sdp: phoneOffer(4002), needsAnswer: false });
    expect(world.agent.told.of('reinvite-answer')).toEqual([
      { type: 'reinvite-answer', legId, sdp: expect.stringContaining('m=audio 41000') },
      { type: 'reinvite-answer', legId, status: 488 },
    ]);
  });

  it('ends when the media worker fails', async () => {
    const page = world.page();
    const legId = await connected(page);
    world.engine.onMedia({ type: 'leg.failed', legId, fault: fault('media.worker_failed') });
    expect(await page.told('call.ended')).toMatchObject({
      result: 'failed',
      by: 'gateway',
      fault: { code: 'media.worker_failed' },
    });
    expect(world.agent.told.of('hangup')).toEqual([{ type: 'hangup', legId }]);
  });

  it('is not begun when the SIP agent refuses the leg at once', async () => {
    world.agent.onAct = (act) => {
      if (act.type !== 'invite') return;
      world.sip({ type: 'failed', legId: act.legId, fault: fault('call.limit_reached'), local: true });
    };
    const page = world.page();
    start(page, 'echo');
    expect(await page.told('call.ended')).toMatchObject({ fault: { code: 'call.limit_reached' } });
    expect(page.states.at(-1)).toBe('ended');
  });
});

it('calls a page by the SIP address that it shows, or another gateway at another', async () => {
  const [alice, bob] = [world.page('alice', ['bob']), world.page('bob')];
  bob.say({ type: 'presence.set', available: true });
  start(alice, 'sip:bob@192.0.2.1:5060');
  expect(await bob.told('call.incoming')).toMatchObject({ callId: ID });
  alice.say({ type: 'call.hangup', callId: ID });
  start(alice, 'sip:bob@192.0.2.1:5070', callId(2));
  await vi.waitUntil(() => alice.received.of('call.ended').length === 2, { interval: 1 });
  expect(alice.received.of('call.ended')[1]?.fault?.code).toBe('auth.destination_not_allowed');
});

it('tells each page the figures of both legs, once both are in', async () => {
  const page = world.page();
  const legId = await connected(page);
  const figures = { bytesReceived: 1, bytesSent: 1, packetsLost: 0, jitterMs: 2, srtpAuthFailures: 0, srtpReplays: 0 };
  const near = { ...figures, codec: 'opus', packetsReceived: 10, packetsSent: 11, roundTripMs: 3 };
  const far = { ...figures, codec: 'PCMU', packetsReceived: 20, packetsSent: 21 };
  world.engine.onMedia({ type: 'leg.stats', legId: A, stats: near });
  expect(page.received.of('call.stats')).toEqual([]);
  world.engine.onMedia({ type: 'leg.stats', legId, stats: far });
  expect(page.received.of('call.stats')).toEqual([
    {
      type: 'call.stats',
      callId: ID,
      near: { codec: 'opus', packetsReceived: 10, packetsSent: 11, packetsLost: 0, jitterMs: 2, roundTripMs: 3 },
      far: { codec: 'PCMU', packetsReceived: 20, packetsSent: 21, packetsLost: 0, jitterMs: 2 },
    },
  ]);
  page.say({ type: 'call.hangup', callId: ID });
  world.engine.onMedia({ type: 'leg.stats', legId, stats: far });
  expect(page.received.of('call.stats')).toHaveLength(1);
});

it('gives a trunk its own credentials, which no log shows', async () => {
  const pbx = { target: 'sip:127.0.0.1:7001', realm: 'pbx', username: 'earshot', password: 'hunter-two' };
  world = new EngineWorld({ trunks: { pbx } });
  start(world.page(), '+4930654321');
  const { credentials } = await world.told('invite');
  expect(credentials).toMatchObject({ realm: 'pbx', username: 'earshot' });
  expect(credentials?.password.reveal()).toBe('hunter-two');
  expect(JSON.stringify(world.agent.told.all) + world.logText()).not.toContain('hunter-two');
});

describe('while the destination is looked up', () => {
  it('a hang-up is enough, and nothing rings', async () => {
    const page = world.page();
    start(page, 'echo');
    page.say({ type: 'call.hangup', callId: ID });
    expect(await page.told('call.ended')).toMatchObject({ result: 'cancelled', by: 'browser' });
    expect(world.agent.told.all).toEqual([]);
  });

  it('nobody else can hang up', async () => {
    const page = world.page();
    const stranger = world.page('mallory');
    start(page, 'echo');
    stranger.say({ type: 'call.hangup', callId: ID });
    await world.told('invite');
    stranger.say({ type: 'call.hangup', callId: ID });
    stranger.say({ type: 'call.accept', callId: ID, sdp: browserSdp('active') });
    expect(await stranger.told('call.refused')).toMatchObject({ fault: { code: 'call.unknown' } });
    expect(world.engine.size).toBe(1);
    expect(stranger.states).toEqual([]);
  });

  it('a page that leaves calls nobody', async () => {
    const page = world.page();
    start(page, 'echo');
    page.leave();
    await vi.waitUntil(() => world.records.some(({ msg }) => msg === 'call given up'), { interval: 1 });
    expect(world.agent.told.all).toEqual([]);
  });

  it('a CANCEL is enough', async () => {
    world.page('bob').session.available = true;
    world.invited('leg', 'bob', phoneOffer());
    world.sip({ type: 'cancelled', legId: 'leg' });
    await vi.waitUntil(() => world.records.some(({ msg }) => msg === 'call given up'), { interval: 1 });
    expect(world.agent.told.all).toEqual([]);
    expect(world.pages[0]?.received.all).toEqual([]);
  });

  it('a stopping server refuses', async () => {
    const page = world.page();
    start(page, 'echo');
    world.invited('leg', 'echo', phoneOffer());
    world.engine.stop();
    expect((await page.told('call.ended')).fault?.code).toBe('signaling.server_stopping');
    expect(await world.told('reject')).toEqual({ type: 'reject', legId: 'leg', status: 503 });
  });

  it('a bug refuses the call and keeps the server', async () => {
    world.broken = true;
    const page = world.page();
    start(page, 'echo');
    expect((await page.told('call.ended')).fault?.code).toBe('internal.bug');
    world.invited('leg', 'echo', phoneOffer());
    expect(await world.told('reject')).toEqual({ type: 'reject', legId: 'leg', status: 500 });
    expect(world.records.filter(({ msg }) => msg === 'call could not start')).toHaveLength(2);
  });
});

describe('the phone network calls', () => {
  async function ring(): Promise<Page> {
    const page = world.page('bob');
    page.say({ type: 'presence.set', available: true });
    world.invited('leg', 'bob', phoneOffer(), ID);
    await page.told('call.incoming');
    return page;
  }

  it('a page that waits, which accepts', async () => {
    const page = await ring();
    expect(await page.told('call.incoming')).toMatchObject({
      callId: ID,
      from: { uri: 'sip:+4930123456@192.0.2.9', displayName: 'Bob Branch' },
    });
    expect(page.received.all[0]?.type).toBe('call.incoming');
    page.say({ type: 'call.accept', callId: ID, sdp: browserSdp('active') });
    expect(await world.told('answer')).toMatchObject({ legId: 'leg', sdp: expect.stringContaining('m=audio 41000') });
    world.sip({ type: 'ended', legId: 'leg', by: 'remote' });
    expect(await page.told('call.ended')).toMatchObject({ result: 'completed', by: 'far-end' });
  });

  it.each([
    ['busy', 486, 'busy'],
    ['declined', 603, 'declined'],
  ] as const)('a page that says %s', async (reason, status, result) => {
    const page = await ring();
    page.say({ type: 'call.reject', callId: ID, reason });
    expect(await world.told('reject')).toEqual({ type: 'reject', legId: 'leg', status });
    expect(await page.told('call.ended')).toMatchObject({ result });
  });

  it('a page that leaves while it rings', async () => {
    (await ring()).leave();
    expect(await world.told('reject')).toEqual({ type: 'reject', legId: 'leg', status: 480 });
  });

  it('and gives up', async () => {
    const page = await ring();
    world.sip({ type: 'cancelled', legId: 'leg' });
    expect(await page.told('call.ended')).toMatchObject({ result: 'cancelled', by: 'far-end' });
  });

  it.each([
    ['an unknown name', 'nobody'],
    ['a page that does not wait', 'alice'],
    ['a number of the trunk', '+4930654321'],
    ['an injected parameter', 'echo;x=y'],
    ['nobody at all', ''],
  ])('%s: 404, and no way out', async (_what, user) => {
    world.page('alice');
    world.invited('leg', user, phoneOffer());
    expect(await world.told('reject')).toEqual({ type: 'reject', legId: 'leg', status: 404 });
    expect(world.agent.told.of('invite')).toEqual([]);
  });

  it('without an offer: 488', async () => {
    world.invited('leg', 'echo', undefined);
    expect(await world.told('reject')).toEqual({ type: 'reject', legId: 'leg', status: 488 });
  });

  it('under an id of its own when the Session-ID is nil or taken', async () => {
    const page = world.page('bob');
    page.session.available = true;
    world.invited('leg-1', 'bob', phoneOffer(), '0'.repeat(32));
    expect((await page.told('call.incoming')).callId).toBe('leg-1');
    world.invited('leg-2', 'bob', phoneOffer(), ID);
    world.invited('leg-3', 'bob', phoneOffer(), ID);
    await vi.waitUntil(() => page.received.of('call.incoming').length === 3, { interval: 1 });
    const ids = page.received.of('call.incoming').map((message) => message.callId);
    expect(ids.sort()).toEqual([ID, 'leg-1', 'leg-3']);
  });
});

it('joins two pages', async () => {
  const [alice, bob] = [world.page('alice'), world.page('bob')];
  bob.session.available = true;
  start(alice, 'bob');
  const { sdp } = await bob.told('call.incoming');
  expect(sdp).toContain('a=setup:actpass');
  expect(bob.states).toEqual([]);
  bob.say({ type: 'call.accept', callId: ID, sdp: browserSdp('active') });
  expect([alice.states.at(-1), bob.states.at(-1)]).toEqual(['answered', 'answered']);
  bob.say({ type: 'call.hangup', callId: ID });
  expect(await alice.told('call.ended')).toMatchObject({ by: 'far-end' });
  expect(await bob.told('call.ended')).toMatchObject({ by: 'browser' });
});

it('leaves no page ringing when the caller is gone before it is told', async () => {
  const [alice, bob] = [world.page('alice'), world.page('bob')];
  bob.session.available = true;
  alice.socket.onFrame = (frame) => {
    if (frame.type === 'message' && frame.message.type === 'call.answer') alice.session.end(fault('signaling.timeout'));
  };
  start(alice, 'bob');
  expect(await bob.told('call.ended')).toMatchObject({ by: 'far-end' });
  expect(bob.received.all.map(({ type }) => type)).toEqual(['call.incoming', 'call.state', 'call.ended']);
});

it('lets a page call its own name only in another tab', async () => {
  const page = world.page('alice');
  page.session.available = true;
  start(page, 'alice');
  expect((await page.told('call.ended')).fault?.code).toBe('call.unknown_destination');
});

describe('limits', () => {
  it('holds for all calls, also those that begin', async () => {
    world = new EngineWorld({ calls: { maxCalls: 2 } });
    const page = world.page();
    world.invited('leg-1', 'echo', phoneOffer(), callId(7));
    start(page, 'echo', callId(2));
    start(page, 'echo', callId(3));
    expect(await page.told('call.ended')).toMatchObject({ callId: callId(3), fault: { code: 'call.limit_reached' } });
    world.invited('leg-2', 'echo', phoneOffer());
    expect(world.agent.told.of('reject')).toEqual([{ type: 'reject', legId: 'leg-2', status: 503 }]);
    await vi.waitUntil(() => world.engine.size === 2, { interval: 1 });
  });

  it('lets no page take every call there is', async () => {
    const page = world.page();
    for (let id = 1; id <= 9; id += 1) start(page, 'echo', callId(id));
    expect(await page.told('call.ended')).toMatchObject({ callId: callId(9), fault: { code: 'call.limit_reached' } });
    await vi.waitUntil(() => world.engine.size === 8, { interval: 1 });
    start(page, 'echo', callId(10));
    expect(page.received.of('call.ended')).toHaveLength(2);
    start(world.page('bob'), 'echo', callId(11));
    await vi.waitUntil(() => world.engine.size === 9, { interval: 1 });
  });
});

describe('signalling lost in mid-call', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }));

  it('keeps the call for a page that comes back', async () => {
    const page = world.page();
    await connected(page);
    page.disconnect();
    vi.advanceTimersByTime(29_000);
    world.engine.onMedia({ type: 'leg.dtmf', legId: A, digit: '1', durationMs: 100 });
    page.connect();
    vi.advanceTimersByTime(1_500);
    expect(page.received.of('call.ended')).toEqual([]);
    page.say({ type: 'call.hangup', callId: ID });
    expect(await page.told('call.ended')).toMatchObject({ result: 'completed' });
  });

  it('ends the call of one that does not', async () => {
    const page = world.page();
    const legId = await connected(page);
    page.disconnect();
    vi.advanceTimersByTime(30_000);
    expect(world.agent.told.of('hangup')).toEqual([{ type: 'hangup', legId }]);
    await world.timelines.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('stopping', () => {
  it('says BYE to both ends of every call, also to a SIP caller', async () => {
    const page = world.page('bob');
    page.session.available = true;
    world.invited('leg', 'bob', phoneOffer(), ID);
    await page.told('call.incoming');
    page.say({ type: 'call.accept', callId: ID, sdp: browserSdp('active') });
    world.engine.stop();
    expect(world.agent.told.of('hangup')).toEqual([{ type: 'hangup', legId: 'leg' }]);
    expect(await page.told('call.ended')).toMatchObject({
      by: 'gateway',
      fault: { code: 'signaling.server_stopping' },
    });
    start(page, 'echo', callId(2));
    expect(page.received.of('call.ended')[1]?.fault?.code).toBe('signaling.server_stopping');
  });
});

describe('the log', () => {
  it('tells the story of a call without names, numbers, keys or descriptions', async () => {
    const page = world.page('alice');
    const legId = await connected(page);
    world.engine.onMedia({ type: 'leg.dtmf', legId: A, digit: '7', durationMs: 100 });
    world.sip({ type: 'dtmf', legId, digit: '8', durationMs: 100 });
    page.say({ type: 'call.hangup', callId: ID });
    world.invited('leg', '+4930654321', phoneOffer());
    await world.told('reject');
    for (const secret of ['alice', 'Alice', 'Arnold', '4930', 'Branch', '"7"', '"8"', 'm=audio', 'ice-pwd']) {
      expect(world.logText()).not.toContain(secret);
    }
    const story = world.records.filter(({ level, callId: id }) => level >= 30 && id === ID);
    expect([...new Set(story.map(({ msg, state }) => state ?? msg))]).toEqual([
      'call starts',
      'routing',
      'answered',
      'connected',
      'ended',
      'call ended',
    ]);
    expect(world.records.filter(({ digit }) => digit === '[redacted]')).toHaveLength(2);
  });

  it('takes so many reports of a page and no more', async () => {
    const page = world.page();
    await connected(page);
    const report = { offerMs: 5, fault: fault('mic.device_failed', 'the headset of Alice') };
    for (let sent = 0; sent < 100; sent += 1) page.say({ type: 'call.report', callId: ID, report });
    const reports = world.records.filter(({ msg }) => msg === 'browser report');
    expect(reports).toHaveLength(16);
    expect(reports[0]?.report).toEqual({ offerMs: 5, fault: 'mic.device_failed' });
  });
});
