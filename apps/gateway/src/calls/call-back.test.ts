import { fault } from '@earshot/base';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserSdp, phoneAnswer } from '../testing/descriptions.js';
import { callId, EngineWorld, type Page } from '../testing/engine-world.js';

const ID = callId(1);
const A = `${ID}-a`;
const SETTINGS = { calls: { fallback: { callBack: true, callBackAfterSeconds: 10, ringSeconds: 20 } } };
let world: EngineWorld;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  world = new EngineWorld(SETTINGS);
});
afterEach(() => {
  world.close();
  vi.useRealTimers();
  expect(world.engine.size).toBe(0);
  expect(named('.open')).toEqual(named('close'));
});

const named = (end: string) =>
  world.commands.flatMap((command) => (command.type.endsWith(end) && 'legId' in command ? command.legId : [])).sort();

/** A page calls the line and is heard; the SIP leg's id. */
async function connected(page: Page, id = ID): Promise<string> {
  page.say({ type: 'call.start', callId: id, to: 'echo', sdp: browserSdp('actpass'), displayName: 'Alice Arnold' });
  const { legId, sdp } = await invited('sip:echo@127.0.0.1:7000', id);
  world.sip({ type: 'answered', legId, sdp: phoneAnswer(sdp), toTag: 't' });
  world.engine.onMedia({ type: 'leg.dtls', legId: `${id}-a`, state: 'connected' });
  world.heard(`${id}-a`, legId);
  page.say({ type: 'call.receiving', callId: id });
  expect(page.states.at(-1)).toBe('connected');
  return legId;
}

async function invited(uri: string, sessionId = ID) {
  const find = () => world.agent.told.of('invite').findLast((act) => act.uri === uri && act.sessionId === sessionId);
  await vi.waitUntil(() => find() !== undefined, { interval: 1, timeout: 1_000 });
  const invite = find();
  if (invite === undefined) throw new Error('no INVITE');
  return invite;
}

const FIGURES = { bytesReceived: 1, packetsSent: 1, bytesSent: 1, packetsLost: 0, jitterMs: 2 };
const stats = (packetsReceived: number) => ({ ...FIGURES, packetsReceived, srtpAuthFailures: 0, srtpReplays: 0 });

/** Seconds of a call: what comes from the browser, a second each. */
function pass(seconds: number, packets: (second: number) => number): void {
  for (let second = 1; second <= seconds; second += 1) {
    vi.advanceTimersByTime(1_000);
    world.engine.onMedia({ type: 'leg.stats', legId: A, stats: stats(packets(second)) });
  }
}

/** The browser's network is pulled: its socket stands, and nobody answers there. */
function pull(page: Page): void {
  pass(3, () => 50);
  world.engine.onAttention(page.session, 'silent', 3_000);
}

const PHONE = '+4930111';
const PHONE_URI = `sip:${PHONE}@127.0.0.1:7001`;

describe('a page that cannot be heard', () => {
  it('has its user called on the phone of the token, who goes on with the far end', async () => {
    const page = world.page('alice', ['echo'], PHONE);
    const far = await connected(page);
    pass(1, () => 50);
    pull(page);
    pass(6, () => 50);
    expect(world.agent.told.of('invite')).toHaveLength(1);
    pass(1, () => 50);
    const phone = await invited(PHONE_URI);
    expect(phone.from.uri).toBe('sip:echo@127.0.0.1:5060');
    world.sip({ type: 'progress', legId: phone.legId, status: 180, reason: 'Ringing', toTag: 'p' });
    world.sip({ type: 'answered', legId: phone.legId, sdp: phoneAnswer(phone.sdp), toTag: 'p' });
    expect(page.received.of('call.callback').map(({ state }) => state)).toEqual(['calling', 'ringing', 'joined']);
    expect(await page.told('call.ended')).toMatchObject({
      result: 'completed',
      by: 'gateway',
      fault: { code: 'call.moved_to_phone' },
    });
    expect(world.commands.filter(({ type }) => type === 'bridge').at(-1)).toEqual({
      type: 'bridge',
      legIds: [phone.legId, far],
    });
    // The far end was told nothing at all.
    expect(world.agent.told.all.filter((act) => 'legId' in act && act.legId === far)).toHaveLength(1);
    const details = await world.timelines.find(ID);
    const seen = details?.timeline.entries.flatMap(({ event }) =>
      event.type === 'leg.callback' ? event.state : event.type === 'leg.replaced' ? event.reason : [],
    );
    expect(seen).toEqual(['calling', 'ringing', 'joined', 'moved_to_phone']);
    // The page has no say any more, whatever becomes of it.
    page.leave();
    expect(world.engine.size).toBe(1);
    world.sip({ type: 'ended', legId: phone.legId, by: 'remote' });
    expect(world.agent.told.of('hangup')).toEqual([{ type: 'hangup', legId: far }]);
  });

  it('goes on when it is heard again before the phone answered', async () => {
    const page = world.page('alice', ['echo'], PHONE);
    await connected(page);
    pass(1, () => 50);
    pull(page);
    pass(8, () => 50);
    const phone = await invited(PHONE_URI);
    pass(1, () => 100);
    expect(world.agent.told.of('hangup')).toEqual([{ type: 'hangup', legId: phone.legId }]);
    expect(page.received.of('call.callback').map(({ state }) => state)).toEqual(['calling', 'cancelled']);
    expect(page.received.of('call.ended')).toEqual([]);
  });

  it('is told when the phone does not take it, and has what is left of its grace', async () => {
    const page = world.page('alice', ['echo'], PHONE);
    await connected(page);
    pass(1, () => 50);
    page.disconnect();
    pass(11, () => 50);
    const { legId } = await invited(PHONE_URI);
    world.sip({ type: 'failed', legId, fault: fault('sip.busy'), status: 486, reason: 'Busy Here', local: false });
    pass(15, () => 50);
    page.connect();
    expect(page.received.of('call.callback').at(-1)).toMatchObject({
      state: 'failed',
      fault: { code: 'call.callback_failed' },
    });
    expect(world.agent.told.of('invite')).toHaveLength(2);
    expect(page.received.of('call.ended')).toEqual([]);
  });

  it.each([
    ['no number is known', undefined, SETTINGS],
    ['it is not configured', PHONE, {}],
    ['it is to be asked for', PHONE, { calls: { fallback: { callBack: true, callBackAfterSeconds: 0 } } }],
  ])('is not called back where %s', async (_, phone, settings) => {
    world = new EngineWorld(settings);
    const page = world.page('alice', ['echo'], phone);
    await connected(page);
    pass(1, () => 50);
    pull(page);
    pass(20, () => 50);
    await Promise.resolve();
    expect(world.agent.told.of('invite')).toHaveLength(1);
    expect(page.received.of('call.refused')).toEqual([]);
  });
});

describe('a page that asks to be called back', () => {
  it('is, at a number that its token may call', async () => {
    const page = world.page('alice', ['echo', '+49*']);
    await connected(page);
    page.say({ type: 'call.fallback', callId: ID, number: '+4930222' });
    page.say({ type: 'call.callback', callId: ID });
    const { legId } = await invited('sip:+4930222@127.0.0.1:7001');
    page.say({ type: 'call.hangup', callId: ID });
    expect(world.agent.told.of('hangup').map((act) => act.legId)).toContain(legId);
  });

  it.each([
    ['a number that its token does not allow', { type: 'call.callback', number: '+1900123' }],
    ['no number at all', { type: 'call.callback' }],
    ['a way into the SIP header', { type: 'call.callback', number: '+49;x=y' }],
    ['somebody who waits in a page', { type: 'call.callback', number: 'bob' }],
  ] as const)('is refused with %s', async (_, message) => {
    world.page('bob').session.available = true;
    const page = world.page('alice', ['echo', '+49*', 'bob']);
    await connected(page);
    page.say({ ...message, callId: ID });
    const refused = await page.told('call.refused');
    expect(refused).toMatchObject({ request: 'call.callback' });
    expect(world.agent.told.of('invite')).toHaveLength(1);
    expect(world.pages[0]?.received.all).toEqual([]);
  });

  it('is refused a number for later, as it is one for now; and none stays none', async () => {
    const page = world.page('alice', ['echo'], PHONE);
    await connected(page);
    page.say({ type: 'call.fallback', callId: ID, number: '+1900123' });
    expect(await page.told('call.refused')).toMatchObject({
      request: 'call.fallback',
      fault: { code: 'call.callback_not_allowed' },
    });
    page.say({ type: 'call.fallback', callId: ID });
    page.say({ type: 'call.callback', callId: ID });
    await vi.waitUntil(() => page.received.of('call.refused').length === 2, { interval: 1 });
    expect(page.received.of('call.refused')[1]).toMatchObject({ request: 'call.callback' });
  });

  it('has no more than two calls that go on by phone at once', async () => {
    const page = world.page('alice', ['echo', '+49*'], PHONE);
    for (const turn of [1, 2, 3]) {
      const id = callId(turn);
      await connected(page, id);
      page.say({ type: 'call.callback', callId: id });
      if (turn === 3) break;
      const { legId, sdp } = await invited(PHONE_URI, id);
      world.sip({ type: 'answered', legId, sdp: phoneAnswer(sdp), toTag: 'p' });
    }
    expect(await page.told('call.refused')).toMatchObject({ fault: { code: 'call.limit_reached' } });
    expect(world.engine.size).toBe(3);
  });
});
