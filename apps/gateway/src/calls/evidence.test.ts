import { fault } from '@earshot/base';
import type { LegStats } from '@earshot/calls';
import type { SipEvent } from '@earshot/sip';
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

async function timelineOf(id = ID): Promise<CallTimeline> {
  const details = await world.timelines.find(id);
  if (details === undefined) throw new Error('no timeline');
  return details.timeline;
}

const shown = ({ source, event }: TimelineEntry): string => {
  const state = 'state' in event ? ` ${event.state}` : '';
  const leg = 'leg' in event ? ` ${event.leg}` : '';
  const description = event.type === 'sdp.set' ? ` ${event.side} ${event.kind}` : '';
  return `${source}${leg} ${event.type}${state}${description}`;
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
  world.engine.onAttention(page.session, 'silent', 5_000);
  world.engine.onAttention(page.session, 'heard', 6_000);
  page.disconnect();
  page.connect();
  page.say({ type: 'call.hangup', callId: ID });
  page.say({ type: 'call.evidence', callId: ID, events: [{ type: 'ice.connection', atMs: 9, state: 'closed' }] });

  const timeline = await timelineOf();
  expect(timeline).toMatchObject({ caller: 'browser', callee: 'sip', clocks: [{ leg: 'caller' }], omitted: 0 });
  expect(timeline.entries.filter(({ source }) => source === 'browser').map(shown)).toEqual([
    'browser ice.attempt',
    'browser ice.connection closed',
  ]);
  const gateway = timeline.entries.filter(
    ({ source, event }) => source === 'gateway' && event.type !== 'gateway.stalled',
  );
  expect(gateway.map(shown)).toEqual([
    'gateway call.route',
    'gateway caller ice.settings',
    'gateway caller ice.advertised',
    'gateway caller sdp.set remote offer',
    'gateway call.state routing',
    'gateway caller sdp.set local answer',
    'gateway callee sdp.set local offer',
    'gateway caller ice.check',
    'gateway callee sdp.set remote answer',
    'gateway call.codecs',
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
    'gateway callee dtmf.relayed',
    'gateway caller sdp.set remote offer',
    'gateway caller ice.restart',
    'gateway caller sdp.set local answer',
    'gateway caller leg.signaling silent',
    'gateway caller leg.signaling heard',
    'gateway caller leg.signaling lost',
    'gateway caller leg.signaling resumed',
    'gateway caller leg.ended',
    'gateway call.ended',
  ]);
  // Keys that were pressed, names and numbers are nobody's business.
  expect(JSON.stringify(timeline)).not.toMatch(/"7"|alice/i);
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
  expect((await timelineOf()).entries[1]?.event).toEqual({
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
  const legs = (await timelineOf()).entries.flatMap((entry) => (entry.source === 'browser' ? entry.leg : []));
  expect(legs.sort()).toEqual(['callee', 'caller']);
  expect((await timelineOf()).callee).toBe('browser');
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
    const silence = (await timelineOf()).entries.find(({ event }) => event.type === 'leg.silence');
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
  expect((await timelineOf()).entries.map(({ event }) => event)).toEqual([
    { type: 'call.ended', result: 'failed', by: 'gateway', code },
  ]);
});

it('is kept of a call that its caller took back at once, and that a bug ended', async () => {
  const page = world.page();
  start(page, 'echo');
  page.say({ type: 'call.hangup', callId: ID });
  await page.told('call.ended');
  expect((await timelineOf()).entries.at(-1)?.event).toMatchObject({
    type: 'call.ended',
    result: 'cancelled',
    by: 'caller',
  });
  world.broken = true;
  start(page, 'echo', callId(2));
  await vi.waitUntil(() => page.received.of('call.ended').length === 2, { interval: 1 });
  expect((await timelineOf(callId(2))).entries.at(-1)?.event).toMatchObject({
    type: 'call.ended',
    code: 'internal.bug',
  });
});

it('names the code of a call that the far end failed, and from where it came', async () => {
  world.invited('in-1', 'echo', phoneOffer());
  const { legId } = await world.told('invite');
  world.sip({ type: 'failed', legId, fault: fault('sip.busy'), status: 486, reason: 'Busy', local: false });
  const timeline = await timelineOf('in-1');
  expect(timeline).toMatchObject({ caller: 'sip', callee: 'sip' });
  expect(timeline.entries.map(({ event }) => event).slice(-2)).toEqual([
    { type: 'leg.failed', leg: 'callee', code: 'sip.busy', status: 486 },
    { type: 'call.ended', result: 'busy', by: 'callee', code: 'sip.busy' },
  ]);
  expect(JSON.stringify(timeline)).not.toContain('4930123456');
});

const remote = { address: '192.0.2.9', port: 5060 };
type Summary = Extract<SipEvent, { readonly type: 'message' }>['summary'];
const sipMessage = (legId: string, direction: 'in' | 'out', summary: Partial<Summary>): void =>
  world.engine.onSip({
    type: 'message',
    direction,
    legId,
    flow: world.agent.flowTo(remote),
    bytes: new Uint8Array(400),
    summary: { method: 'INVITE', callId: 'x', cseq: 1, retransmission: false, ...summary },
  });

/** A call from a page to a phone that answered. */
async function answered(page: Page, to = '+4930123456'): Promise<string> {
  start(page, to);
  const { legId, sdp } = await world.told('invite');
  world.sip({ type: 'answered', legId, sdp: phoneAnswer(sdp), toTag: 't' });
  return legId;
}

it('has the ladder of its SIP legs, to the last message, without numbers or raw text', async () => {
  const page = world.page();
  sipMessage('in-1', 'in', { sdp: phoneOffer(), agent: 'PBX 1.0' });
  world.invited('in-1', 'echo', phoneOffer());
  const { legId, sdp } = await world.told('invite');
  sipMessage(legId, 'out', { sdp });
  sipMessage(legId, 'out', { sdp, retransmission: true });
  sipMessage(legId, 'in', { status: 486, reason: 'Busy +4930123456', warning: '399 pbx "at 0304445556"' });
  world.sip({ type: 'failed', legId, fault: fault('sip.busy'), status: 486, local: false });
  sipMessage(legId, 'out', { method: 'ACK' });
  sipMessage('of nobody', 'in', {});
  expect(page.states).toEqual([]);
  const messages = (await timelineOf('in-1')).entries.flatMap(({ event }) =>
    event.type === 'sip.message' ? event : [],
  );
  expect(messages).toMatchObject([
    {
      leg: 'caller',
      direction: 'in',
      method: 'INVITE',
      agent: 'PBX 1.0',
      bytes: 400,
      remote,
      audio: { codecs: ['PCMU', 'PCMA'] },
    },
    { leg: 'callee', direction: 'out', retransmission: false, audio: { direction: 'sendrecv', telephoneEvents: true } },
    { leg: 'callee', direction: 'out', retransmission: true },
    { leg: 'callee', direction: 'in', status: 486, phrase: 'Busy …', reason: '399 pbx "at …"' },
    { leg: 'callee', direction: 'out', method: 'ACK' },
  ]);
  expect(messages[2]).not.toHaveProperty('audio');
});

it.each([
  ['SIP;cause=408;text="Session Timer expired"', 'sip.pbx_timeout'],
  ['Q.850;cause=102;text="RECOVERY_ON_TIMER_EXPIRE"', 'sip.pbx_timeout'],
  ['Q.850;cause=16;text="Normal call clearing"', undefined],
])('tells a hang-up with the reason %s from others', async (reasonHeader, code) => {
  const legId = await answered(world.page());
  world.sip({ type: 'ended', legId, by: 'remote', reasonHeader });
  const events = (await timelineOf()).entries.map(({ event }) => event);
  expect(events).toContainEqual({ type: 'leg.ended', leg: 'callee', by: 'remote', reason: reasonHeader });
  const ended = events.find(({ type }) => type === 'call.ended');
  expect(ended).toEqual({
    type: 'call.ended',
    result: code === undefined ? 'completed' : 'failed',
    by: 'callee',
    ...(code && { code }),
  });
});

it('names the ACK that never came', async () => {
  world.invited('in-1', 'echo', phoneOffer());
  const { legId, sdp } = await world.told('invite');
  world.sip({ type: 'answered', legId, sdp: phoneAnswer(sdp), toTag: 't' });
  world.sip({ type: 'ended', legId: 'in-1', by: 'local', fault: fault('sip.ack_lost') });
  const events = (await timelineOf('in-1')).entries.map(({ event }) => event);
  expect(events).toContainEqual({ type: 'leg.ended', leg: 'caller', by: 'local', code: 'sip.ack_lost' });
  expect(events.at(-1)).toMatchObject({ type: 'call.ended', code: 'sip.ack_lost' });
});

it.each([
  ['sendonly', 'recvonly'],
  ['inactive', 'inactive'],
  ['sendrecv', 'sendrecv'],
])('shows that the far end put the call %s, and what was answered', async (offered, given) => {
  const legId = await answered(world.page());
  const hold = `${phoneOffer()}a=${offered}\r\n`;
  world.sip({ type: 'reinvite', legId, sdp: hold, needsAnswer: true });
  const sections = (await timelineOf()).entries.flatMap((entry) => {
    if (entry.source !== 'gateway' || entry.event.type !== 'sdp.set' || entry.event.leg !== 'callee') return [];
    const { side, kind, audio } = entry.event;
    return `${side} ${kind} ${audio?.direction}`;
  });
  expect(sections.slice(-2)).toEqual([`remote offer ${offered}`, `local answer ${given}`]);
  const answer = world.agent.told.of('reinvite-answer').at(-1)?.sdp;
  if (offered !== 'sendrecv') expect(answer).toContain(`a=${given}`);
});

it('shows what the far end answers where we offered once more, and a media thread that stood still', async () => {
  const legId = await answered(world.page());
  world.sip({ type: 'reinvite', legId, sdp: `${phoneOffer()}a=inactive\r\n`, needsAnswer: false });
  for (const each of [A, legId]) world.engine.onMedia({ type: 'leg.stalled', legId: each, lateMs: 300.4 });
  const events = (await timelineOf()).entries.map(({ event }) => event);
  expect(events).toContainEqual(expect.objectContaining({ type: 'sdp.set', side: 'remote', kind: 'answer' }));
  expect(JSON.stringify(events.findLast(({ type }) => type === 'sdp.set'))).toContain('"inactive"');
  expect(events.filter(({ type }) => type === 'gateway.stalled')).toEqual([{ type: 'gateway.stalled', lateMs: 300 }]);
});

it('says by which way the call goes, with which codecs, and whether keys get through', async () => {
  const legId = await answered(world.page());
  world.engine.onMedia({ type: 'leg.dtmf', legId: A, digit: '7', durationMs: 100, relayed: false });
  world.engine.onMedia({ type: 'leg.moved', legId, remote });
  const events = (await timelineOf()).entries.map(({ event }) => event);
  expect(events).toContainEqual({ type: 'call.route', direction: 'outbound', route: '+*', trunk: 'pbx' });
  expect(events).toContainEqual({ type: 'call.codecs', mode: 'transcode', caller: 'opus', callee: 'PCMU' });
  expect(events).toContainEqual({ type: 'dtmf.relayed', leg: 'caller', delivered: false });
  expect(events).toContainEqual({ type: 'media.moved', leg: 'callee', remote });
});

it('comes with samples, those of the gateway to the very last', async () => {
  const page = world.page();
  const legId = await answered(page);
  const stats = (packetsReceived: number, ageMs: number): LegStats => ({
    ...{ packetsReceived, bytesReceived: 0, packetsSent: 0, bytesSent: 0, packetsLost: 0, jitterMs: 0 },
    ...{ srtpAuthFailures: 0, srtpReplays: 0, ageMs },
  });
  world.engine.onMedia({ type: 'leg.stats', legId, stats: stats(50, 1_000) });
  page.say({
    type: 'call.evidence',
    callId: ID,
    events: [],
    samples: [{ ms: 1_000, atMs: 1_000, packetsReceived: 3 }],
  });
  page.say({ type: 'call.hangup', callId: ID });
  world.engine.onMedia({ type: 'leg.stats', legId, stats: stats(75, 1_500) });
  world.engine.onMedia({ type: 'leg.stats', legId: A, stats: stats(0, 1_500) });
  const seen = (await timelineOf()).samples.map(({ source, leg, figures }) => [source, leg, figures.packetsReceived]);
  expect(seen.sort()).toEqual([
    ['browser', 'caller', 3],
    ['gateway', 'callee', 25],
    ['gateway', 'callee', 50],
  ]);
});

it('is kept of a call that its page gave up before it began', async () => {
  const page = world.page();
  page.say({ type: 'call.abandoned', callId: ID, to: 'echo', fault: { code: 'mic.denied_by_user' } });
  const { calls } = await world.store.search({});
  expect(calls).toMatchObject([
    { callId: ID, from: 'alice', to: 'echo', result: 'failed', code: 'mic.denied_by_user' },
  ]);
  expect(page.received.all.filter(({ type }) => type.startsWith('call.'))).toEqual([]);
});

it('is complete before a page is told of the end, though the far end is told at once', async () => {
  const page = world.page();
  await answered(page);
  let keep: () => void = () => {};
  const kept = new Promise<void>((resolve) => (keep = resolve));
  vi.spyOn(world.store, 'keep').mockImplementation(async () => {
    await kept;
    return { ok: true, value: undefined };
  });
  page.say({ type: 'call.hangup', callId: ID });
  expect(world.agent.told.of('hangup')).toHaveLength(1);
  expect(world.commands.filter(({ type }) => type === 'close')).toHaveLength(2);
  await new Promise(setImmediate);
  expect([page.states.includes('ended'), page.received.of('call.ended').length]).toEqual([false, 0]);
  keep();
  await page.told('call.ended');
  expect(page.states.at(-1)).toBe('ended');
});
