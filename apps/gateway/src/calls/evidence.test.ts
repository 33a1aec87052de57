import { fault } from '@earshot/base';
import type { CallTimeline, TimelineEntry } from '@earshot/telemetry';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { browserSdp, phoneAnswer, phoneOffer } from '../testing/descriptions.js';
import { callId, EngineWorld, type Page } from '../testing/engine-world.js';

let world: EngineWorld;
const ID = callId(1);
const A = `${ID}-a`;
const from = { address: '198.51.100.9', port: 60_000 };

beforeEach(() => {
  world = new EngineWorld();
});
afterEach(() => world.close());

function timelineOf(id = ID): CallTimeline {
  const timeline = world.timelines.find(id);
  if (timeline === undefined) throw new Error('no timeline');
  return timeline;
}

const shown = ({ source, event }: TimelineEntry): string => {
  const state = 'state' in event ? ` ${event.state}` : '';
  const leg = 'leg' in event ? ` ${event.leg}` : '';
  return `${source}${leg} ${event.type}${state}`;
};

const start = (page: Page, to: string, id = ID): void =>
  page.say({ type: 'call.start', callId: id, to, sdp: browserSdp('actpass') });

it('of a call is written down as it happens, from both ends', async () => {
  const page = world.page();
  start(page, 'echo');
  // The callee is still being looked for.
  page.say({
    type: 'call.evidence',
    callId: ID,
    events: [{ type: 'ice.attempt', atMs: 1, policy: 'all', reason: 'start' }],
    sentMs: 2,
  });
  const { legId, sdp } = await world.told('invite');
  world.engine.onMedia({ type: 'leg.check', legId: A, outcome: 'valid', from, count: 1 });
  world.sip({ type: 'answered', legId, sdp: phoneAnswer(sdp), toTag: 't' });
  world.heard(A, legId);
  page.say({ type: 'call.receiving', callId: ID });
  world.engine.onMedia({ type: 'leg.dtmf', legId, digit: '7', durationMs: 100 });
  page.say({ type: 'call.description', callId: ID, kind: 'offer', sdp: browserSdp('actpass', 'anew') });
  page.disconnect();
  page.connect();
  page.say({ type: 'call.hangup', callId: ID });
  page.say({ type: 'call.evidence', callId: ID, events: [{ type: 'ice.connection', atMs: 9, state: 'closed' }] });

  const timeline = timelineOf();
  expect(timeline).toMatchObject({ caller: 'browser', callee: 'sip', clocks: [{ leg: 'caller' }], omitted: 0 });
  expect(timeline.entries.filter(({ source }) => source === 'browser').map(shown)).toEqual([
    'browser ice.attempt',
    'browser ice.connection closed',
  ]);
  expect(timeline.entries.filter(({ source }) => source === 'gateway').map(shown)).toEqual([
    'gateway caller ice.settings',
    'gateway caller ice.advertised',
    'gateway call.state routing',
    'gateway caller ice.check',
    'gateway call.state answered',
    'gateway caller ice.state connected',
    'gateway caller media.received',
    'gateway call.state answered',
    'gateway caller media.delivered',
    'gateway call.state answered',
    'gateway callee ice.state connected',
    'gateway callee media.received',
    'gateway call.state answered',
    'gateway callee media.delivered',
    'gateway call.state connected',
    'gateway caller ice.restart',
    'gateway caller leg.signaling lost',
    'gateway caller leg.signaling resumed',
    'gateway call.ended',
  ]);
  // Keys that were pressed, names and numbers are nobody's business.
  expect(JSON.stringify(timeline)).not.toMatch(/dtmf|"7"|alice|echo/i);
});

it('names the settings that the destination asks for, without credentials', async () => {
  const page = world.page();
  page.session.send({
    type: 'session.ice',
    ice: {
      servers: [{ urls: ['turn:turn.example.com'], username: '1:tag', credential: 'secret' }],
      policy: 'auto',
      policies: [
        { match: '+*', policy: 'relay' },
        { match: '*', policy: 'all' },
      ],
    },
  });
  start(page, '+4930');
  await world.told('invite');
  expect(timelineOf().entries[0]?.event).toEqual({
    type: 'ice.settings',
    leg: 'caller',
    policy: 'relay',
    urls: ['turn:turn.example.com'],
  });
});

it('is taken from the two pages of a call, and from no other', async () => {
  const [alice, bob, mallory] = [world.page('alice'), world.page('bob'), world.page('mallory')];
  bob.say({ type: 'presence.set', available: true });
  start(alice, 'bob');
  await bob.told('call.incoming');
  const events = [{ type: 'ice.gathering', atMs: 0, state: 'complete' }] as const;
  for (const page of [alice, bob, mallory]) page.say({ type: 'call.evidence', callId: ID, events });
  const legs = timelineOf().entries.flatMap((entry) => (entry.source === 'browser' ? entry.leg : []));
  expect(legs.sort()).toEqual(['callee', 'caller']);
  expect(timelineOf().callee).toBe('browser');
});

it('tells the call which candidates a browser has: what it is named by in the end', async () => {
  vi.useFakeTimers({ now: Date.now() });
  try {
    const page = world.page();
    start(page, 'echo');
    await vi.advanceTimersByTimeAsync(0);
    const candidate = { type: 'srflx', protocol: 'udp', ...from } as const;
    page.say({ type: 'call.evidence', callId: ID, events: [{ type: 'ice.candidate', atMs: 0, candidate }] });
    await world.told('invite');
    await vi.advanceTimersByTimeAsync(6_000);
    const silence = timelineOf().entries.find(({ event }) => event.type === 'leg.silence');
    expect(silence?.event).toMatchObject({ leg: 'caller', code: 'ice.nat_needs_relay' });
    expect(world.records.find(({ msg }) => msg === 'no media path yet')).toMatchObject({ level: 40, leg: 'caller' });
  } finally {
    vi.useRealTimers();
  }
});

it.each([
  ['that the token does not allow', ['music'], 'auth.destination_not_allowed'],
  ['to nowhere', ['*'], 'call.unknown_destination'],
])('is kept of a call %s', async (_what, mayCall, code) => {
  const page = world.page('alice', mayCall);
  start(page, 'nowhere');
  await page.told('call.ended');
  expect(timelineOf().entries.map(({ event }) => event)).toEqual([
    { type: 'call.ended', result: 'failed', by: 'gateway', code },
  ]);
});

it('is kept of a call that its caller took back at once, and that a bug ended', async () => {
  const page = world.page();
  start(page, 'echo');
  page.say({ type: 'call.hangup', callId: ID });
  await page.told('call.ended');
  expect(timelineOf().entries.at(-1)?.event).toMatchObject({ type: 'call.ended', result: 'cancelled', by: 'caller' });
  world.broken = true;
  start(page, 'echo', callId(2));
  await vi.waitUntil(() => page.received.of('call.ended').length === 2, { interval: 1 });
  expect(timelineOf(callId(2)).entries.at(-1)?.event).toMatchObject({ type: 'call.ended', code: 'internal.bug' });
});

it('names the code of a call that the far end failed, and from where it came', async () => {
  world.invited('in-1', 'echo', phoneOffer());
  const { legId } = await world.told('invite');
  world.sip({ type: 'failed', legId, fault: fault('sip.busy'), status: 486, reason: 'Busy', local: false });
  const timeline = timelineOf('in-1');
  expect(timeline).toMatchObject({ caller: 'sip', callee: 'sip' });
  expect(timeline.entries.map(({ event }) => event).slice(-2)).toEqual([
    { type: 'leg.failed', leg: 'callee', code: 'sip.busy' },
    { type: 'call.ended', result: 'busy', by: 'callee', code: 'sip.busy' },
  ]);
  expect(JSON.stringify(timeline)).not.toContain('4930123456');
});
