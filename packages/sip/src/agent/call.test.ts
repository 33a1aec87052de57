import { expect, it } from 'vitest';
import { type Host, seededRandom, VirtualNetwork } from '../testing/virtual-network.js';

const OFFER = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n';
const ANSWER = 'v=0\r\no=- 2 2 IN IP4 192.0.2.2\r\n';

function pair(): { network: VirtualNetwork; alice: Host; bob: Host; call: () => void } {
  const network = new VirtualNetwork();
  const alice = network.host('192.0.2.1');
  const bob = network.host('192.0.2.2');
  const call = () =>
    alice.act({
      type: 'invite',
      legId: 'a',
      uri: 'sip:bob@192.0.2.2',
      from: { uri: 'sip:alice@192.0.2.1', displayName: 'Alice "A"' },
      flow: alice.flowTo(bob),
      sdp: OFFER,
      sessionId: 'a'.repeat(32),
    });
  return { network, alice, bob, call };
}

it('rings, answers, confirms and hangs up', () => {
  const { network, alice, bob, call } = pair();
  bob.react = (event) => {
    if (event.type !== 'incoming') return;
    expect(event.sdp).toBe(OFFER);
    expect(event.request).toMatchObject({
      uri: { user: 'bob', host: '192.0.2.2' },
      from: { user: 'alice', displayName: 'Alice "A"' },
      sessionId: 'a'.repeat(32),
      maxForwards: 70,
    });
    bob.act({ type: 'ring', legId: event.legId, status: 180 });
    bob.act({ type: 'answer', legId: event.legId, sdp: ANSWER });
  };
  call();
  network.run(1000);
  expect(alice.story).toEqual(['progress 180', 'answered']);
  expect(alice.of('answered')[0]?.sdp).toBe(ANSWER);
  expect(bob.story).toEqual(['incoming', 'confirmed']);
  expect([alice.agent.dialogs, bob.agent.dialogs]).toEqual([1, 1]);

  alice.act({ type: 'hangup', legId: 'a', reasonHeader: 'Q.850;cause=16' });
  network.run(60_000);
  expect(alice.story.at(-1)).toBe('ended local');
  expect(bob.of('ended')).toEqual([
    { type: 'ended', legId: bob.of('incoming')[0]?.legId, by: 'remote', reasonHeader: 'Q.850;cause=16' },
  ]);
  expect([alice.agent.dialogs, bob.agent.dialogs]).toEqual([0, 0]);
  expect([alice.agent.nextTimeout, bob.agent.nextTimeout]).toEqual([undefined, undefined]);
  expect(network.ladder).toEqual([
    '192.0.2.1 -> 192.0.2.2: INVITE',
    '192.0.2.2 -> 192.0.2.1: 100 INVITE',
    '192.0.2.2 -> 192.0.2.1: 180 INVITE',
    '192.0.2.2 -> 192.0.2.1: 200 INVITE',
    '192.0.2.1 -> 192.0.2.2: ACK',
    '192.0.2.1 -> 192.0.2.2: BYE',
    '192.0.2.2 -> 192.0.2.1: 200 BYE',
  ]);
});

it('completes calls from INVITE to BYE while 30% of all datagrams are lost and 10% come twice', () => {
  let lost = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const { network, alice, bob, call } = pair();
    const random = seededRandom(seed);
    network.fate = () => {
      const luck = random();
      if (luck < 0.3) lost += 1;
      return luck < 0.3 ? [] : luck < 0.4 ? [5, 40 * random()] : [1 + 50 * random()];
    };
    bob.react = (event) => {
      if (event.type !== 'incoming') return;
      bob.act({ type: 'ring', legId: event.legId, status: 180 });
      bob.act({ type: 'answer', legId: event.legId, sdp: ANSWER });
    };
    call();
    network.run(31_000);
    expect(alice.story.at(-1), `seed ${seed}`).toBe('answered');
    expect(bob.story.at(-1), `seed ${seed}`).toBe('confirmed');
    alice.act({ type: 'hangup', legId: 'a' });
    network.run(120_000);
    expect(bob.story.at(-1), `seed ${seed}`).toBe('ended remote');
    expect([alice.agent.dialogs, bob.agent.dialogs]).toEqual([0, 0]);
    expect([alice.agent.nextTimeout, bob.agent.nextTimeout]).toEqual([undefined, undefined]);
  }
  expect(lost).toBeGreaterThan(100);
});
