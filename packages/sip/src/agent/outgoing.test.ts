import { describe, expect, it } from 'vitest';
import { tagOf } from '../message/name-addr.js';
import { withBody } from '../testing/messages.js';
import { Peer } from '../testing/peer.js';
import { secret, VirtualNetwork } from '../testing/virtual-network.js';
import type { SipCredentials } from './types.js';

function call(more: { uri?: string; credentials?: SipCredentials; headers?: Record<string, string> } = {}) {
  const network = new VirtualNetwork();
  const alice = network.host('192.0.2.1');
  const trunk = new Peer(network, '192.0.2.2', alice);
  alice.act({
    type: 'invite',
    legId: 'a',
    uri: 'sip:+15550100@192.0.2.2',
    from: { uri: 'sip:alice@192.0.2.1' },
    flow: alice.flowTo(trunk),
    sdp: 'v=0',
    sessionId: 'a'.repeat(32),
    ...more,
  });
  network.run(5);
  return { network, alice, trunk };
}

const credentials = (realm?: string): SipCredentials => ({
  username: 'earshot',
  password: secret('hunter2'),
  ...(realm === undefined ? {} : { realm }),
});

describe('an INVITE of ours', () => {
  it('has what section 8.1.1 asks for, and nothing a caller may not set', () => {
    const headers = { 'X-Route': 'gold\r\nEvil: 1', Contact: '<sip:evil>', 'Bad Name': 'x' };
    const { trunk } = call({ headers });
    const invite = trunk.request0('INVITE');
    expect(invite.via[0]?.params.get('branch')).toMatch(/^z9hG4bK[\w-]{22}$/);
    expect(invite.via[0]?.params.has('rport')).toBe(true);
    expect(invite.headers.all('Contact')).toEqual(['<sip:alice@192.0.2.1:5060>']);
    expect(invite.headers.get('X-Route')).toBe('gold Evil: 1');
    expect(invite.headers.has('Bad Name')).toBe(false);
    expect(invite.headers.has('Supported')).toBe(false);
    expect(invite.headers.get('Session-ID')).toBe(`${'a'.repeat(32)};remote=${'0'.repeat(32)}`);
    expect(invite.headers.get('Max-Forwards')).toBe('70');
  });

  it('to what is no URI fails here', () => {
    const { alice } = call({ uri: 'sip:bob;evil@192.0.2.2>\r\n' });
    expect(alice.story).toEqual(['failed call.invalid_destination']);
    expect(alice.of('failed')[0]?.local).toBe(true);
  });

  it('with a leg id in use fails and leaves the other alone', () => {
    const { alice, trunk } = call();
    alice.act({
      type: 'invite',
      legId: 'a',
      uri: 'sip:b@192.0.2.2',
      from: { uri: 'sip:a@h' },
      flow: alice.flowTo(trunk),
      sdp: '',
    });
    expect(alice.of('failed')[0]?.fault.code).toBe('internal.bug');
    expect(alice.agent.dialogs).toBe(1);
  });

  it('without any response fails with timer B: local, unlike a received 408', () => {
    const silent = call();
    silent.network.run(33_000);
    expect(silent.alice.of('failed')[0]).toMatchObject({ fault: { code: 'sip.no_response' }, local: true });
    const busy = call();
    busy.trunk.reply(busy.trunk.request0('INVITE'), 408, { toTag: 'x' });
    expect(busy.alice.of('failed')[0]).toMatchObject({ fault: { code: 'sip.unavailable' }, local: false, status: 408 });
  });

  it('that cannot be sent fails at once', () => {
    const { alice, trunk } = call();
    alice.act({ type: 'transport-error', flow: alice.flowTo({ address: '203.0.113.9', port: 5060 }), reason: 'other' });
    expect(alice.story).toEqual([]);
    alice.act({ type: 'transport-error', flow: alice.flowTo(trunk), reason: 'ECONNREFUSED' });
    expect(alice.of('failed')[0]).toMatchObject({
      fault: { code: 'sip.transport_failed', detail: 'ECONNREFUSED' },
      local: true,
    });
    expect([alice.agent.dialogs, alice.agent.nextTimeout]).toEqual([0, undefined]);
  });

  it('learns the far half of Session-ID and uses it from then on', () => {
    const { trunk } = call();
    const far = 'b'.repeat(32);
    trunk.reply(trunk.request0('INVITE'), 200, {
      toTag: 'x',
      sdp: 'v=0',
      headers: { 'Session-ID': `${far};remote=${'a'.repeat(32)}` },
    });
    expect(trunk.request0('ACK').headers.get('Session-ID')).toBe(`${'a'.repeat(32)};remote=${far}`);
  });

  it('3xx is a failure, not followed', () => {
    const { alice, trunk } = call();
    trunk.reply(trunk.request0('INVITE'), 302, { toTag: 'x', headers: { Reason: 'Q.850;cause=1' } });
    expect(alice.of('failed')[0]).toMatchObject({
      fault: { code: 'sip.request_rejected', detail: '302 Unspecified; redirects are not followed' },
      reasonHeader: 'Q.850;cause=1',
    });
  });
});

describe('in-dialog requests', () => {
  it('go to the Contact, or to the first Route', () => {
    const direct = call();
    direct.trunk.reply(direct.trunk.request0('INVITE'), 200, {
      toTag: 'x',
      headers: { Contact: '<sip:b@192.0.2.77:5070>' },
    });
    expect(direct.network.sent.at(-1)?.to).toEqual({ address: '192.0.2.77', port: 5070 });
    const routed = call();
    routed.trunk.reply(routed.trunk.request0('INVITE'), 200, {
      toTag: 'x',
      headers: { Contact: '<sip:b@192.0.2.77>', 'Record-Route': '<sip:192.0.2.88;lr>' },
    });
    expect(routed.network.sent.at(-1)?.to).toEqual({ address: '192.0.2.88', port: 5060 });
  });

  it('go back by the flow when a public peer names a private Contact, or a name', () => {
    for (const contact of ['<sip:b@10.1.2.3>', '<sip:b@phone.example.com>']) {
      const { network, trunk } = call();
      trunk.reply(trunk.request0('INVITE'), 200, { toTag: 'x', headers: { Contact: contact } });
      expect(network.sent.at(-1)?.to).toEqual(trunk.address);
    }
  });
});

describe('the callee', () => {
  it('changes the session, sends digits and hangs up', () => {
    const { network, alice, trunk } = call();
    const invite = trunk.request0('INVITE');
    trunk.reply(invite, 200, { toTag: 'x', sdp: 'v=0 theirs' });
    let number = 100;
    const say = (method: string, change: Record<string, string | null> = {}) => {
      if (method !== 'ACK') number += 1;
      trunk.request(method, {
        via: `Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK-${method}-${number};rport`,
        from: 'From: <sip:+15550100@192.0.2.2>;tag=x',
        to: `To: <sip:alice@192.0.2.1>;tag=${tagOf(invite.from)}`,
        callId: `Call-ID: ${invite.callId}`,
        cseq: `CSeq: ${number} ${method}`,
        contact: 'Contact: <sip:b@192.0.2.2:5060>',
        ...change,
      });
    };
    say('INVITE', withBody('application/sdp', 'v=0 hold'));
    alice.act({ type: 'reinvite-answer', legId: 'a', sdp: 'v=0 held' });
    network.run(5);
    say('ACK');
    say('INFO', withBody('application/dtmf-relay', 'Signal=#\r\nDuration=90'));
    say('BYE', { more: 'Reason: Q.850;cause=16' });
    expect(trunk.statuses('INVITE')).toEqual([100, 200]);
    expect(alice.story).toEqual(['answered', 'reinvite', 'dtmf', 'ended remote']);
    expect(alice.of('ended')[0]?.reasonHeader).toBe('Q.850;cause=16');
    network.run(64_000);
    expect([alice.agent.dialogs, alice.agent.nextTimeout]).toEqual([0, undefined]);
  });
});

describe('a connection', () => {
  it('is named in Via and Contact, carries everything, and needs no retransmission', () => {
    const network = new VirtualNetwork();
    const alice = network.host('192.0.2.1');
    const trunk = new Peer(network, '192.0.2.2', alice);
    const flow = { ...alice.flowTo(trunk), transport: 'tcp', id: 'c1' } as const;
    alice.act({ type: 'invite', legId: 'a', uri: 'sip:b@h', from: { uri: 'sip:alice@h' }, flow, sdp: 'v=0' });
    network.run(31_000);
    expect(trunk.requests('INVITE')).toHaveLength(1);
    const invite = trunk.request0('INVITE');
    expect(invite.via[0]?.transport).toBe('TCP');
    expect(invite.headers.get('Contact')).toBe('<sip:alice@192.0.2.1:5060;transport=tcp>');
    trunk.reply(invite, 200, { toTag: 'x', headers: { Contact: '<sip:b@192.0.2.99>' } });
    expect(network.sent.at(-1)?.to).toEqual(trunk.address);
    alice.act({ type: 'hangup', legId: 'a' });
    network.run(31_000);
    expect(trunk.requests('BYE')).toHaveLength(1);
  });
});

describe('challenges', () => {
  const challenge = (realm: string, more = '') => ({
    toTag: 'x',
    headers: { 'Proxy-Authenticate': `Digest realm="${realm}", nonce="n", qop="auth"${more}` },
  });

  it('are answered once, with the next CSeq, and the ACK and BYE carry the answer too', () => {
    const { network, alice, trunk } = call({ credentials: credentials('trunk') });
    trunk.reply(trunk.request0('INVITE'), 407, challenge('trunk'));
    const [first, second] = trunk.requests('INVITE');
    expect(trunk.requests('ACK')).toHaveLength(1);
    expect([second?.callId, second?.cseq.number]).toEqual([first?.callId, 2]);
    expect(second?.headers.get('Proxy-Authorization')).toContain('username="earshot", realm="trunk"');
    trunk.reply(second ?? trunk.request0('INVITE'), 200, { toTag: 'y', sdp: 'v=0' });
    expect(alice.story).toEqual(['answered']);
    expect(trunk.requests('ACK')[1]?.headers.get('Proxy-Authorization')).toBe(
      second?.headers.get('Proxy-Authorization'),
    );
    alice.act({ type: 'hangup', legId: 'a' });
    network.run(5);
    expect(trunk.request0('BYE').headers.get('Proxy-Authorization')).toContain('nc=00000002');
  });

  it('with a wrong password end in sip.auth_rejected after one try', () => {
    const { alice, trunk } = call({ credentials: credentials('trunk') });
    trunk.reply(trunk.request0('INVITE'), 407, challenge('trunk'));
    const second = trunk.requests('INVITE')[1] ?? trunk.request0('INVITE');
    trunk.reply(second, 407, challenge('trunk'));
    expect(alice.story).toEqual(['failed sip.auth_rejected']);
    expect(trunk.requests('INVITE')).toHaveLength(2);
  });

  it('for another realm, or without credentials, are not answered', () => {
    for (const given of [credentials('trunk'), undefined]) {
      const { alice, trunk } = call(given === undefined ? {} : { credentials: given });
      trunk.reply(trunk.request0('INVITE'), 407, challenge('evil'));
      expect(alice.story).toEqual(['failed sip.auth_rejected']);
      expect(trunk.requests('INVITE')).toHaveLength(1);
    }
  });

  it('to a BYE cannot fish for answers when the INVITE was not challenged', () => {
    const { network, alice, trunk } = call({ credentials: credentials() });
    trunk.reply(trunk.request0('INVITE'), 200, { toTag: 'y', sdp: 'v=0' });
    alice.act({ type: 'hangup', legId: 'a' });
    network.run(5);
    trunk.reply(trunk.request0('BYE'), 407, challenge('trunk'));
    expect(trunk.requests('BYE')).toHaveLength(1);
  });

  it('to a BYE with the trunk’s realm are answered', () => {
    const { network, alice, trunk } = call({ credentials: credentials('trunk') });
    trunk.reply(trunk.request0('INVITE'), 200, { toTag: 'y', sdp: 'v=0' });
    alice.act({ type: 'hangup', legId: 'a' });
    network.run(5);
    trunk.reply(trunk.request0('BYE'), 407, challenge('trunk'));
    expect(trunk.requests('BYE')[1]?.headers.get('Proxy-Authorization')).toContain('realm="trunk"');
  });
});

describe('OPTIONS of ours', () => {
  const ping = (uri = 'sip:192.0.2.2') => {
    const network = new VirtualNetwork();
    const alice = network.host('192.0.2.1');
    const trunk = new Peer(network, '192.0.2.2', alice);
    alice.act({ type: 'options', id: 'p', uri, flow: alice.flowTo(trunk) });
    network.run(5);
    return { network, alice, trunk };
  };

  it('tells the status, or that nothing came', () => {
    const alive = ping();
    alive.trunk.reply(alive.trunk.request0('OPTIONS'), 404, { toTag: 'x' });
    expect(alive.alice.of('options')).toEqual([{ type: 'options', id: 'p', status: 404 }]);
    const dead = ping();
    dead.network.run(33_000);
    expect(dead.alice.of('options')[0]?.fault?.code).toBe('sip.no_response');
    expect(ping('rubbish').alice.of('options')[0]?.fault?.code).toBe('call.invalid_destination');
  });
});
