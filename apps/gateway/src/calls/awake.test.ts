import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserSdp, phoneOffer } from '../testing/descriptions.js';
import { callId, EngineWorld, type Page } from '../testing/engine-world.js';

let world: EngineWorld;
const ID = callId(1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  world = new EngineWorld();
});
afterEach(() => {
  world.close();
  vi.useRealTimers();
});

function agent(): Page {
  const page = world.page('agent');
  page.say({ type: 'presence.set', available: true });
  return page;
}

const calls = (page: Page): void =>
  page.say({ type: 'call.start', callId: ID, to: 'agent', sdp: browserSdp('actpass') });

async function passedOver(): Promise<unknown[] | undefined> {
  const details = await world.timelines.find(ID);
  return details?.timeline.entries.flatMap(({ event }) => (event.type === 'call.passed_over' ? event.reason : []));
}

describe('a page is rung only when it shows that it is awake', () => {
  it('which it does by its script', async () => {
    const page = agent();
    calls(world.page('alice'));
    await page.told('call.incoming');
    expect(await passedOver()).toEqual([]);
    expect(page.socket.frames.filter(({ type }) => type === 'ping')).toHaveLength(1);
  });

  it('and a caller goes on to the next page after a second, however many sleep', async () => {
    const awake = agent();
    const frozen = [agent(), agent(), agent()];
    for (const page of frozen) page.frozen = true;
    calls(world.page('alice'));
    await vi.advanceTimersByTimeAsync(999);
    expect(awake.received.all).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await awake.told('call.incoming');
    expect(await passedOver()).toEqual(['asleep', 'asleep', 'asleep']);
    expect(frozen.flatMap(({ received }) => received.all)).toEqual([]);
  });

  it('or to what the route table says, at once where they are known to sleep', async () => {
    const page = agent();
    page.frozen = true;
    calls(world.page('alice'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await world.told('invite')).toMatchObject({ uri: 'sip:voicemail@127.0.0.1:7002' });
    world.invited('leg', 'agent', phoneOffer());
    await vi.advanceTimersByTimeAsync(0);
    expect(world.agent.told.of('invite')).toHaveLength(2);
    // It is thawed, and rung again.
    page.frozen = false;
    page.say({ type: 'presence.set', available: true });
    world.invited('leg-2', 'agent', phoneOffer(), callId(2));
    await vi.advanceTimersByTimeAsync(0);
    expect(await page.told('call.incoming')).toMatchObject({ callId: callId(2) });
  });

  it('and whoever has nowhere to go on to hears that nobody can be reached', async () => {
    const page = world.page('bob');
    page.say({ type: 'presence.set', available: true });
    page.frozen = true;
    world.invited('leg', 'bob', phoneOffer());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await world.told('reject')).toEqual({ type: 'reject', legId: 'leg', status: 480 });
  });

  it('and a caller who hangs up meanwhile rings nobody', async () => {
    const [awake, page] = [agent(), world.page('alice')];
    agent().frozen = true;
    calls(page);
    page.say({ type: 'call.hangup', callId: ID });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await page.told('call.ended')).toMatchObject({ result: 'cancelled' });
    expect(awake.received.all).toEqual([]);
    expect(world.agent.told.of('invite')).toEqual([]);
  });

  it('also where it comes back a moment later: browsers close the WebSocket of a frozen page as they thaw it', async () => {
    const page = agent();
    page.disconnect();
    world.invited('leg', 'agent', phoneOffer(), ID);
    await vi.advanceTimersByTimeAsync(900);
    expect(world.agent.told.of('invite')).toEqual([]);
    page.connect();
    expect(await page.told('call.incoming')).toMatchObject({ callId: ID });
    expect(await passedOver()).toEqual([]);
  });

  it('and one that does not come back is waited for no longer than one that does not answer', async () => {
    agent().disconnect();
    world.invited('leg', 'agent', phoneOffer());
    await vi.advanceTimersByTimeAsync(999);
    expect(world.agent.told.of('invite')).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await world.told('invite')).toMatchObject({ uri: 'sip:voicemail@127.0.0.1:7002' });
  });

  it('and not at all once it has been away for a second', async () => {
    agent().disconnect();
    await vi.advanceTimersByTimeAsync(1_000);
    world.invited('leg', 'agent', phoneOffer());
    await vi.advanceTimersByTimeAsync(0);
    expect(await world.told('invite')).toMatchObject({ uri: 'sip:voicemail@127.0.0.1:7002' });
  });

  it('and one that closes while it is asked is passed over', async () => {
    const page = agent();
    page.frozen = true;
    world.invited('leg', 'agent', phoneOffer(), ID);
    await vi.waitUntil(() => page.socket.frames.some(({ type }) => type === 'ping'), { interval: 1 });
    page.leave();
    expect(await world.told('invite')).toMatchObject({ uri: 'sip:voicemail@127.0.0.1:7002' });
  });
});
