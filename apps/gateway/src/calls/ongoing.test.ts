import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { browserSdp, phoneAnswer } from '../testing/descriptions.js';
import { callId, EngineWorld } from '../testing/engine-world.js';

let world: EngineWorld;
const ID = callId(1);

beforeEach(() => {
  world = new EngineWorld();
});
afterEach(() => world.close());

describe('what a page that was loaded anew is told of its calls', () => {
  it('is whom it called, and since when it is heard', async () => {
    const page = world.page();
    page.say({ type: 'call.start', callId: ID, to: 'echo', sdp: browserSdp('actpass') });
    const { legId, sdp } = await world.told('invite');
    const facts = { callId: ID, direction: 'outgoing', remote: { uri: 'echo' } };
    expect(world.engine.ongoing(page.session)).toEqual([{ ...facts, state: 'routing' }]);
    world.sip({ type: 'answered', legId, sdp: phoneAnswer(sdp), toTag: 't' });
    for (const leg of [`${ID}-a`, legId]) world.engine.onMedia({ type: 'leg.dtls', legId: leg, state: 'connected' });
    world.heard(`${ID}-a`, legId);
    page.say({ type: 'call.receiving', callId: ID });
    const [call] = world.engine.ongoing(page.session);
    expect(call).toMatchObject({ ...facts, state: 'connected' });
    expect(call?.connectedForMs).toBeGreaterThanOrEqual(0);
    expect(world.engine.ongoing(world.page('bob').session)).toEqual([]);
    page.say({ type: 'call.hangup', callId: ID });
    expect(world.engine.ongoing(page.session)).toEqual([]);
  });

  it('is who calls, with the offer it had while nobody has answered', async () => {
    const [alice, bob] = [world.page('alice'), world.page('bob')];
    bob.session.available = true;
    alice.say({ type: 'call.start', callId: ID, to: 'bob', sdp: browserSdp('actpass') });
    const { sdp, from } = await bob.told('call.incoming');
    const facts = { callId: ID, direction: 'incoming', remote: from };
    expect(world.engine.ongoing(bob.session)).toEqual([{ ...facts, state: 'ringing', sdp }]);
    bob.say({ type: 'call.accept', callId: ID, sdp: browserSdp('active') });
    expect(world.engine.ongoing(bob.session)).toEqual([{ ...facts, state: 'answered' }]);
  });
});
