import { describe, expect, it } from 'vitest';
import { tagOf } from '../message/name-addr.js';
import { Peer } from '../testing/peer.js';
import { VirtualNetwork } from '../testing/virtual-network.js';

function outgoing() {
  const network = new VirtualNetwork();
  const alice = network.host('192.0.2.1');
  const bob = new Peer(network, '192.0.2.2', alice);
  alice.act({
    type: 'invite',
    legId: 'a',
    uri: 'sip:bob@192.0.2.2',
    from: { uri: 'sip:alice@192.0.2.1' },
    flow: alice.flowTo(bob),
    sdp: 'v=0',
  });
  network.run(5);
  return { network, alice, bob, invite: bob.request0('INVITE') };
}

describe('our CANCEL (section 9.1)', () => {
  it('shares branch, numbers and To with the INVITE; the 487 ends the leg', () => {
    const { network, alice, bob, invite } = outgoing();
    bob.reply(invite, 180, { toTag: 'b1' });
    alice.act({ type: 'hangup', legId: 'a', reasonHeader: 'SIP;cause=200;text="Call completed elsewhere"' });
    network.run(5);
    const cancel = bob.request0('CANCEL');
    expect(cancel).toMatchObject({
      via: invite.via,
      uri: invite.uri,
      from: invite.from,
      to: invite.to,
      callId: invite.callId,
    });
    expect(cancel.cseq).toEqual({ number: invite.cseq.number, method: 'CANCEL' });
    expect(cancel.headers.get('Reason')).toBe('SIP;cause=200;text="Call completed elsewhere"');
    bob.reply(cancel, 200, { toTag: 'b1' });
    bob.reply(invite, 487, { toTag: 'b1' });
    expect(alice.story).toEqual(['progress 180', 'failed sip.cancelled_by_caller']);
    expect(alice.of('failed')[0]).toMatchObject({ local: true, status: 487 });
    expect(bob.requests('ACK')).toHaveLength(1);
  });

  it('waits for a 1xx', () => {
    const { network, alice, bob, invite } = outgoing();
    alice.act({ type: 'hangup', legId: 'a' });
    network.run(400);
    expect(bob.requests('CANCEL')).toHaveLength(0);
    bob.reply(invite, 100);
    network.run(5);
    expect(bob.requests('CANCEL')).toHaveLength(1);
  });

  it('without any response ends with timer B', () => {
    const { network, alice } = outgoing();
    alice.act({ type: 'hangup', legId: 'a' });
    network.run(33_000);
    expect(alice.story).toEqual(['failed sip.cancelled_by_caller']);
  });

  it('that crosses a 200 leads to ACK and BYE', () => {
    const { network, alice, bob, invite } = outgoing();
    bob.reply(invite, 180, { toTag: 'b1' });
    alice.act({ type: 'hangup', legId: 'a' });
    bob.reply(invite, 200, { toTag: 'b1', sdp: 'v=0' });
    bob.reply(bob.request0('CANCEL'), 200, { toTag: 'b1' });
    network.run(5);
    expect(alice.story).toEqual(['progress 180', 'failed sip.cancelled_by_caller']);
    expect(bob.requests('ACK')).toHaveLength(1);
    expect(bob.request0('BYE').cseq.number).toBe(2);
    bob.reply(invite, 200, { toTag: 'b1', sdp: 'v=0' });
    expect(bob.requests('ACK')).toHaveLength(2);
    bob.reply(bob.request0('BYE'), 200);
    network.run(64_000);
    expect([alice.agent.dialogs, alice.agent.nextTimeout]).toEqual([0, undefined]);
  });

  it('that nobody answers ends the leg after 64*T1, and leaves nothing behind', () => {
    const { network, alice, bob, invite } = outgoing();
    bob.reply(invite, 180, { toTag: 'b1' });
    alice.act({ type: 'hangup', legId: 'a' });
    network.run(33_000);
    expect(alice.story.at(-1)).toBe('failed sip.cancelled_by_caller');
    expect([alice.agent.dialogs, alice.agent.nextTimeout]).toEqual([0, undefined]);
  });
});

describe('a CANCEL of the caller (section 9.2)', () => {
  function incoming() {
    const network = new VirtualNetwork();
    const bob = network.host('192.0.2.2');
    const alice = new Peer(network, '192.0.2.1', bob);
    alice.request('INVITE');
    return { network, bob, alice, legId: bob.of('incoming')[0]?.legId ?? '' };
  }

  it('is answered 200, the INVITE 487, with one tag', () => {
    const { network, bob, alice, legId } = incoming();
    bob.act({ type: 'ring', legId, status: 180 });
    alice.request('CANCEL', { more: 'Reason: SIP;cause=200' });
    expect(alice.statuses('CANCEL')).toEqual([200]);
    expect(alice.statuses('INVITE')).toEqual([100, 180, 487]);
    const tags = alice.received.slice(1).map(({ to }) => tagOf(to));
    expect(new Set(tags).size).toBe(1);
    expect(bob.of('cancelled')).toEqual([{ type: 'cancelled', legId, reasonHeader: 'SIP;cause=200' }]);
    alice.request('ACK', { to: `To: <sip:bob@192.0.2.2>;tag=${tags[0]}` });
    network.run(64_000);
    expect(alice.statuses('INVITE')).toEqual([100, 180, 487]);
    expect([bob.agent.dialogs, bob.agent.nextTimeout]).toEqual([0, undefined]);
  });

  it('after the 200 changes nothing', () => {
    const { bob, alice, legId } = incoming();
    bob.act({ type: 'answer', legId, sdp: 'v=0' });
    alice.request('CANCEL');
    expect(alice.statuses('CANCEL')).toEqual([200]);
    expect(bob.of('cancelled')).toEqual([]);
    expect(alice.statuses('INVITE')).toEqual([100, 200]);
  });

  it('an INVITE repeated after a rejection gets the rejection again', () => {
    const { network, bob, alice, legId } = incoming();
    bob.act({ type: 'reject', legId, status: 486, headers: { Reason: 'Q.850;cause=17', Via: 'evil' } });
    alice.request('INVITE');
    expect(alice.statuses('INVITE')).toEqual([100, 486, 486]);
    expect(alice.responses('INVITE')[1]?.headers.get('Reason')).toBe('Q.850;cause=17');
    expect(alice.responses('INVITE')[1]?.via).toHaveLength(1);
    expect(bob.story).toEqual(['incoming', 'ended local']);
    network.run(100_000);
    expect(bob.agent.nextTimeout).toBe(undefined);
  });

  it('a BYE in the early dialog cancels as well', () => {
    const { network, bob, alice, legId } = incoming();
    bob.act({ type: 'ring', legId, status: 183, sdp: 'v=0' });
    network.run(5);
    const toTag = alice.toTags('INVITE').at(-1);
    alice.request('BYE', {
      to: `To: <sip:bob@192.0.2.2>;tag=${toTag}`,
      via: 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2',
    });
    expect(bob.story).toEqual(['incoming', 'cancelled']);
    expect([alice.statuses('BYE'), alice.statuses('INVITE')]).toEqual([[200], [100, 183, 487]]);
  });
});
