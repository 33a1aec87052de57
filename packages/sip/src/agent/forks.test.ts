import { expect, it } from 'vitest';
import { tagOf } from '../message/name-addr.js';
import { Peer } from '../testing/peer.js';
import { VirtualNetwork } from '../testing/virtual-network.js';

function call() {
  const network = new VirtualNetwork();
  const alice = network.host('192.0.2.1');
  const proxy = new Peer(network, '192.0.2.2', alice);
  alice.act({
    type: 'invite',
    legId: 'a',
    uri: 'sip:all@192.0.2.2',
    from: { uri: 'sip:alice@192.0.2.1' },
    flow: alice.flowTo(proxy),
    sdp: 'v=0 offer',
  });
  network.run(5);
  return { network, alice, proxy, invite: proxy.request0('INVITE') };
}

it('tells the early dialogs of a fork apart by their tags, and says nothing twice', () => {
  const { alice, proxy, invite } = call();
  proxy.reply(invite, 180, { toTag: 'one' });
  proxy.reply(invite, 180, { toTag: 'two' });
  proxy.reply(invite, 180, { toTag: 'one' });
  proxy.reply(invite, 183, { toTag: 'two', sdp: 'v=0 two' });
  const progress = alice.of('progress').map(({ status, toTag, sdp }) => [status, toTag, sdp]);
  expect(progress).toEqual([
    [180, 'one', undefined],
    [180, 'two', undefined],
    [183, 'two', 'v=0 two'],
  ]);
});

it('keeps the first 2xx; every other is acknowledged and ended by BYE', () => {
  const { network, alice, proxy, invite } = call();
  proxy.reply(invite, 180, { toTag: 'one' });
  proxy.reply(invite, 183, { toTag: 'two', sdp: 'v=0 two' });
  proxy.reply(invite, 200, { toTag: 'two' });
  proxy.reply(invite, 200, { toTag: 'one', sdp: 'v=0 one' });
  proxy.reply(invite, 200, { toTag: 'three', sdp: 'v=0 three' });
  expect(alice.of('answered')).toEqual([{ type: 'answered', legId: 'a', toTag: 'two', sdp: 'v=0 two' }]);
  expect(proxy.requests('ACK').map(({ to }) => tagOf(to))).toEqual(['two', 'one', 'three']);
  expect(proxy.requests('BYE').map(({ to }) => tagOf(to))).toEqual(['one', 'three']);
  for (const bye of proxy.requests('BYE')) proxy.reply(bye, 200);
  proxy.reply(invite, 200, { toTag: 'one', sdp: 'v=0 one' });
  expect(proxy.requests('ACK').at(-1)).toEqual(proxy.requests('ACK')[1]);
  alice.act({ type: 'hangup', legId: 'a' });
  network.run(5);
  expect(proxy.requests('BYE').map(({ to }) => tagOf(to))).toEqual(['one', 'three', 'two']);
  expect(alice.story.at(-1)).toBe('ended local');
});

it('is bounded in forks', () => {
  const { alice, proxy, invite } = call();
  for (let fork = 0; fork < 40; fork += 1) proxy.reply(invite, 180, { toTag: `t${fork}` });
  for (let fork = 0; fork < 40; fork += 1) proxy.reply(invite, 200, { toTag: `t${fork}` });
  expect(alice.of('progress')).toHaveLength(16);
  expect(proxy.requests('ACK')).toHaveLength(16);
});

it('a callee that hangs up before its 200 arrived ends the call', () => {
  const { network, alice, proxy, invite } = call();
  proxy.reply(invite, 180, { toTag: 'one' });
  const ours = tagOf(invite.from);
  proxy.request('BYE', {
    start: 'BYE sip:alice@192.0.2.1 SIP/2.0',
    via: 'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKbye',
    from: 'From: <sip:all@192.0.2.2>;tag=one',
    to: `To: <sip:alice@192.0.2.1>;tag=${ours}`,
    callId: `Call-ID: ${invite.callId}`,
  });
  proxy.reply(invite, 200, { toTag: 'one', sdp: 'v=0' });
  network.run(5);
  expect(alice.story).toEqual(['progress 180', 'failed sip.unavailable']);
  expect(proxy.statuses('BYE')).toEqual([200]);
  expect([proxy.requests('ACK').length, proxy.requests('BYE').length]).toEqual([1, 1]);
});
