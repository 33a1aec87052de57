import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { browserSdp, phoneAnswer } from '../testing/descriptions.js';
import { callId, EngineWorld, type Page } from '../testing/engine-world.js';

let world: EngineWorld;
const ID = callId(1);

beforeEach(() => {
  world = new EngineWorld();
});
afterEach(() => {
  world.close();
  expect(world.engine.size).toBe(0);
  expect(named('.open')).toEqual(named('close'));
});

const named = (end: string) =>
  world.commands.flatMap((command) => (command.type.endsWith(end) && 'legId' in command ? command.legId : [])).sort();

/** A page calls the line and is heard; the SIP leg's id. */
async function connected(page: Page): Promise<string> {
  page.say({ type: 'call.start', callId: ID, to: 'echo', sdp: browserSdp('actpass') });
  const { legId, sdp } = await world.told('invite');
  world.sip({ type: 'answered', legId, sdp: phoneAnswer(sdp), toTag: 't' });
  hear(page, `${ID}-a`, legId);
  expect(page.states.at(-1)).toBe('connected');
  return legId;
}

function hear(page: Page, ...legIds: readonly string[]): void {
  for (const legId of legIds) world.engine.onMedia({ type: 'leg.dtls', legId, state: 'connected' });
  world.heard(...legIds);
  page.say({ type: 'call.receiving', callId: ID });
}

const rejoin = (page: Page): void => page.say({ type: 'call.rejoin', callId: ID, sdp: browserSdp('actpass', 'anew') });

describe('a page that was loaded anew', () => {
  it('takes its call up with a leg of its own, and the phone is told nothing', async () => {
    const page = world.page();
    const legId = await connected(page);
    const told = world.agent.told.all.length;
    rejoin(page);
    expect(page.received.of('call.answer')).toHaveLength(2);
    expect(page.states.at(-1)).toBe('reconnecting');
    hear(page, `${ID}-a2`);
    expect(page.states.at(-1)).toBe('connected');
    expect(world.agent.told.all).toHaveLength(told);
    expect(world.commands.filter(({ type }) => type === 'bridge').at(-1)).toEqual({
      type: 'bridge',
      legIds: [`${ID}-a2`, legId],
    });
    rejoin(page);
    hear(page, `${ID}-a3`);
    // The leg of the page before has no say any more; digits and restarts are those of the new one.
    world.engine.onMedia({ type: 'leg.ice', legId: `${ID}-a2`, state: 'lost' });
    world.sip({ type: 'dtmf', legId, digit: '7', durationMs: 100 });
    expect(page.received.of('call.dtmf')).toHaveLength(1);
    page.say({ type: 'call.description', callId: ID, kind: 'offer', sdp: browserSdp('actpass', 'next') });
    expect(world.commands.at(-3)).toMatchObject({ type: 'webrtc.restart', legId: `${ID}-a3` });
    expect(page.states.at(-1)).toBe('connected');
    page.say({ type: 'call.hangup', callId: ID });
    expect(world.agent.told.of('hangup')).toEqual([{ type: 'hangup', legId }]);
    expect(await page.told('call.ended')).toMatchObject({ result: 'completed', by: 'browser' });
  });

  it('is told the figures of its new leg', async () => {
    const page = world.page();
    const legId = await connected(page);
    rejoin(page);
    const figures = {
      bytesReceived: 1,
      bytesSent: 1,
      packetsLost: 0,
      jitterMs: 2,
      srtpAuthFailures: 0,
      srtpReplays: 0,
    };
    const stats = (packetsReceived: number) => ({ ...figures, packetsReceived, packetsSent: 5 });
    world.engine.onMedia({ type: 'leg.stats', legId: `${ID}-a2`, stats: stats(3) });
    world.engine.onMedia({ type: 'leg.stats', legId: `${ID}-a`, stats: stats(900) });
    world.engine.onMedia({ type: 'leg.stats', legId, stats: stats(7) });
    expect(page.received.of('call.stats').at(-1)).toMatchObject({
      near: { packetsReceived: 3 },
      far: { packetsReceived: 7 },
    });
  });

  it('may have been called, and the other page goes on as it is', async () => {
    const [alice, bob] = [world.page('alice'), world.page('bob')];
    bob.session.available = true;
    alice.say({ type: 'call.start', callId: ID, to: 'bob', sdp: browserSdp('actpass') });
    await bob.told('call.incoming');
    bob.say({ type: 'call.accept', callId: ID, sdp: browserSdp('active') });
    hear(alice, `${ID}-a`);
    hear(bob, `${ID}-b`);
    expect([alice.states.at(-1), bob.states.at(-1)]).toEqual(['connected', 'connected']);
    expect(world.engine.ongoing(bob.session)).toMatchObject([{ callId: ID, direction: 'incoming' }]);
    rejoin(bob);
    expect(bob.received.of('call.answer')).toHaveLength(1);
    hear(bob, `${ID}-b2`);
    expect([alice.states.at(-1), bob.states.at(-1)]).toEqual(['connected', 'connected']);
    expect(alice.received.of('call.description')).toEqual([]);
    bob.say({ type: 'call.hangup', callId: ID });
    expect(await alice.told('call.ended')).toMatchObject({ by: 'far-end' });
    expect(await bob.told('call.ended')).toMatchObject({ by: 'browser' });
  });

  it('hears what cannot be, and the call goes on', async () => {
    const page = world.page();
    const stranger = world.page('mallory');
    await connected(page);
    page.say({ type: 'call.rejoin', callId: ID, sdp: 'v=0\r\nnonsense' });
    expect(await page.told('call.refused')).toMatchObject({
      request: 'call.rejoin',
      fault: { code: 'media.bad_sdp' },
    });
    rejoin(stranger);
    expect(await stranger.told('call.refused')).toMatchObject({
      request: 'call.rejoin',
      fault: { code: 'call.unknown' },
    });
    expect(page.states.at(-1)).toBe('connected');
    for (let turn = 0; turn < 101; turn += 1) rejoin(page);
    expect(page.received.of('call.refused').at(-1)?.fault.code).toBe('call.limit_reached');
  });

  it('is in the timeline as what took a place', async () => {
    const page = world.page();
    await connected(page);
    rejoin(page);
    const details = await world.timelines.find(ID);
    const replaced = details?.timeline.entries.flatMap(({ event }) => (event.type === 'leg.replaced' ? event : []));
    expect(replaced).toEqual([{ type: 'leg.replaced', leg: 'caller', reason: 'rejoined' }]);
  });
});
