import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '../message/utf8.js';
import { withBody } from '../testing/messages.js';
import { Peer } from '../testing/peer.js';
import { VirtualNetwork } from '../testing/virtual-network.js';

const OFFER = 'v=0 offer';
const ANSWER = 'v=0 answer';

/** Bob was called by the peer and has answered; unless `ack` is false the ACK came. */
function answered({ ack = true, offer = OFFER, more = '' } = {}) {
  const network = new VirtualNetwork();
  const bob = network.host('192.0.2.2');
  const alice = new Peer(network, '192.0.2.1', bob);
  alice.request('INVITE', offer === '' ? {} : withBody('application/sdp', offer, more));
  const legId = bob.of('incoming')[0]?.legId ?? '';
  bob.act({ type: 'answer', legId, sdp: ANSWER });
  network.run(5);
  const toTag = alice.toTags('INVITE').at(-1);
  let number = 1;
  const say = (method: string, change: Record<string, string | null> = {}) => {
    if (method !== 'ACK') number += 1;
    alice.request(method, {
      via: `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-${method}-${number};rport`,
      to: `To: <sip:bob@192.0.2.2>;tag=${toTag}`,
      cseq: `CSeq: ${number} ${method}`,
      ...change,
    });
  };
  if (ack) say('ACK');
  return { network, bob, alice, legId, say };
}

describe('the 200 and its ACK (section 13.3.1.4)', () => {
  it('is repeated at T1 doubled up to T2, and after 64*T1 the call ends with BYE and sip.ack_lost', () => {
    const { network, bob, alice } = answered({ ack: false });
    const start = network.sent.find((datagram) => decodeUtf8(datagram.bytes).startsWith('SIP/2.0 200'))?.at ?? 0;
    network.run(70_000);
    const times = network.sent
      .filter(({ bytes }) => decodeUtf8(bytes).startsWith('SIP/2.0 200'))
      .map(({ at }) => at - start);
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
    expect(bob.story).toEqual(['incoming', 'ended local sip.ack_lost']);
    expect(alice.requests('BYE').length).toBeGreaterThan(0);
    expect(bob.of('message').filter(({ summary }) => summary.status === 200 && summary.retransmission)).toHaveLength(
      10,
    );
    expect([bob.agent.dialogs, bob.agent.nextTimeout]).toEqual([0, undefined]);
  });

  it('stops with the ACK; a second ACK is nothing', () => {
    const { network, bob, alice, say } = answered();
    say('ACK');
    network.run(40_000);
    expect(alice.statuses('INVITE')).toEqual([100, 200]);
    expect(bob.story).toEqual(['incoming', 'confirmed']);
  });

  it('stops with an ACK that wrongly has the branch of its INVITE', () => {
    const { network, bob, say } = answered({ ack: false });
    say('ACK', { via: 'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport' });
    network.run(40_000);
    expect(bob.story).toEqual(['incoming', 'confirmed']);
  });

  it('holds a BYE back until the ACK (section 15)', () => {
    const { network, bob, alice, legId, say } = answered({ ack: false });
    bob.act({ type: 'hangup', legId });
    network.run(300);
    expect(bob.story).toEqual(['incoming', 'ended local']);
    expect(alice.requests('BYE')).toHaveLength(0);
    say('ACK');
    expect(alice.requests('BYE')).toHaveLength(1);
    expect(bob.agent.dialogs).toBe(0);
  });

  it('brings the answer when the INVITE had no offer', () => {
    const { bob, say } = answered({ ack: false, offer: '' });
    expect(bob.of('incoming')[0]?.sdp).toBe(undefined);
    say('ACK', withBody('application/sdp', 'v=0 late'));
    expect(bob.of('confirmed')[0]?.sdp).toBe('v=0 late');
  });
});

describe('ringing', () => {
  it('is repeated every minute, so that proxies keep waiting', () => {
    const network = new VirtualNetwork();
    const bob = network.host('192.0.2.2');
    const alice = new Peer(network, '192.0.2.1', bob);
    alice.request('INVITE', { more: 'Record-Route: <sip:p1;lr>' });
    const legId = bob.of('incoming')[0]?.legId ?? '';
    bob.act({ type: 'ring', legId, status: 183, sdp: 'v=0' });
    network.run(125_000);
    expect(alice.statuses('INVITE')).toEqual([100, 183, 183, 183]);
    const progress = alice.responses('INVITE')[1];
    expect(progress?.headers.get('Record-Route')).toBe('<sip:p1;lr>');
    expect(progress?.headers.get('Contact')).toBe('<sip:bob@192.0.2.2:5060>');
    bob.act({ type: 'hangup', legId });
    network.run(5);
    expect(alice.statuses('INVITE').at(-1)).toBe(480);
    expect(bob.story.at(-1)).toBe('ended local');
  });
});

describe('re-INVITE and UPDATE', () => {
  it('are answered here when they change nothing or offer nothing', () => {
    const { bob, alice, say } = answered();
    say('INVITE', withBody('application/sdp', OFFER));
    say('ACK');
    say('UPDATE');
    say('UPDATE', withBody('application/sdp', OFFER));
    say('INVITE');
    say('ACK', withBody('application/sdp', OFFER));
    expect(alice.statuses('INVITE')).toEqual([100, 200, 200, 200]);
    expect(
      alice
        .responses('INVITE')
        .slice(1)
        .map(({ body }) => decodeUtf8(body)),
    ).toEqual([ANSWER, ANSWER, ANSWER]);
    expect(alice.responses('UPDATE').map(({ body }) => decodeUtf8(body))).toEqual(['', ANSWER]);
    expect(bob.story).toEqual(['incoming', 'confirmed']);
  });

  it('with another offer are the user’s to answer', () => {
    const { network, bob, alice, legId, say } = answered();
    say('INVITE', withBody('application/sdp', 'v=0 hold'));
    expect(bob.of('reinvite')).toEqual([{ type: 'reinvite', legId, sdp: 'v=0 hold', needsAnswer: true }]);
    bob.act({ type: 'reinvite-answer', legId, sdp: 'v=0 held' });
    network.run(5);
    expect(decodeUtf8(alice.responses('INVITE').at(-1)?.body ?? new Uint8Array(0))).toBe('v=0 held');
    say('ACK');
    say('UPDATE', withBody('application/sdp', 'v=0 video'));
    bob.act({ type: 'reinvite-answer', legId });
    network.run(5);
    expect(alice.statuses('UPDATE')).toEqual([488]);
  });

  it('one at a time: 500 while another waits, 487 when it is cancelled or the call ends', () => {
    const { bob, alice, legId, say } = answered();
    say('INVITE', withBody('application/sdp', 'v=0 one'));
    say('INVITE', withBody('application/sdp', 'v=0 two'));
    expect(alice.statuses('INVITE')).toEqual([100, 200, 100, 500]);
    say('BYE');
    expect(alice.statuses('INVITE').at(-1)).toBe(487);
    expect(alice.statuses('BYE')).toEqual([200]);
    expect(bob.story).toEqual(['incoming', 'confirmed', 'reinvite', 'ended remote']);
    bob.act({ type: 'reinvite-answer', legId, sdp: 'v=0' });
  });

  it('can be cancelled', () => {
    const { alice, say } = answered();
    say('INVITE', withBody('application/sdp', 'v=0 one'));
    const via = 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-INVITE-2;rport';
    say('CANCEL', { via, cseq: 'CSeq: 2 CANCEL' });
    expect(alice.statuses('CANCEL')).toEqual([200]);
    expect(alice.statuses('INVITE').at(-1)).toBe(487);
  });

  it('an answer in the ACK tells where the peer is now', () => {
    const { bob, legId, say } = answered();
    say('INVITE');
    say('ACK', withBody('application/sdp', 'v=0 moved'));
    expect(bob.of('reinvite')).toEqual([{ type: 'reinvite', legId, sdp: 'v=0 moved', needsAnswer: false }]);
  });
});

describe('other requests within the dialog', () => {
  it('INFO brings DTMF', () => {
    const { bob, alice, legId, say } = answered();
    say('INFO', withBody('application/dtmf-relay', 'Signal=5\r\nDuration=120'));
    say('INFO', withBody('application/dtmf-relay', 'Signal= 11'));
    say('INFO', withBody('application/dtmf', '*'));
    say('INFO', withBody('application/dtmf', 'x'));
    say('INFO');
    say('INFO', { more: 'Info-Package: conference' });
    expect(bob.of('dtmf')).toEqual([
      { type: 'dtmf', legId, digit: '5', durationMs: 120 },
      { type: 'dtmf', legId, digit: '#', durationMs: 160 },
      { type: 'dtmf', legId, digit: '*', durationMs: 160 },
    ]);
    expect(alice.statuses('INFO')).toEqual([200, 200, 200, 415, 200, 469]);
  });

  it('OPTIONS, unknown methods, Require and old numbers are answered', () => {
    const { alice, say } = answered();
    say('OPTIONS');
    say('REFER');
    say('DANCE');
    say('UPDATE', { more: 'Require: timer' });
    say('INFO', { cseq: 'CSeq: 1 INFO' });
    expect(['OPTIONS', 'REFER', 'DANCE', 'UPDATE', 'INFO'].flatMap((method) => alice.statuses(method))).toEqual([
      200, 405, 501, 420, 500,
    ]);
  });

  it('a stranger who knows the Call-ID and our tag, but not the peer’s, gets 481', () => {
    const { bob, alice, say } = answered();
    say('BYE', { from: 'From: <sip:mallory@192.0.2.1>;tag=guess' });
    expect(alice.statuses('BYE')).toEqual([481]);
    expect(bob.agent.dialogs).toBe(1);
  });

  it('BYE is answered again when its 200 was lost', () => {
    const { bob, alice, say } = answered();
    const via = 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKbye';
    say('BYE', { via });
    say('BYE', { via });
    expect(alice.statuses('BYE')).toEqual([200, 200]);
    expect(bob.of('ended')).toHaveLength(1);
  });

  it('our INFO that meets 481 ends the leg', () => {
    const { network, bob, alice, legId } = answered();
    bob.act({ type: 'info', legId, digit: '7', durationMs: 100 });
    network.run(5);
    const info = alice.request0('INFO');
    expect(decodeUtf8(info.body)).toBe('Signal=7\r\nDuration=100\r\n');
    alice.reply(info, 481);
    expect(bob.story.at(-1)).toBe('ended remote sip.request_rejected');
    expect(bob.agent.dialogs).toBe(0);
  });
});

describe('Session-ID (RFC 7989)', () => {
  it('is answered with our half and the caller’s', () => {
    const caller = 'c'.repeat(32);
    const { bob, alice, legId } = answered({ more: `\r\nSession-ID: ${caller};remote=${'0'.repeat(32)}` });
    expect(bob.of('incoming')[0]?.request.sessionId).toBe(caller);
    expect(alice.responses('INVITE').at(-1)?.headers.get('Session-ID')).toBe(`${legId};remote=${caller}`);
  });
});
