import { describe, expect, it } from 'vitest';
import { withBody } from '../testing/messages.js';
import { Peer } from '../testing/peer.js';
import { VirtualNetwork } from '../testing/virtual-network.js';
import type { SipAgentOptions } from './types.js';

function setUp(options: Partial<SipAgentOptions> = {}) {
  const network = new VirtualNetwork();
  const bob = network.host('192.0.2.2', options);
  return { network, bob, alice: new Peer(network, '192.0.2.1', bob) };
}

describe('requests outside a dialog', () => {
  it('answers OPTIONS without a transaction, with what is allowed and the same tag each time', () => {
    const { alice, bob } = setUp();
    alice.request('OPTIONS');
    alice.request('OPTIONS');
    const [first] = alice.responses('OPTIONS');
    expect(first).toMatchObject({ status: 200 });
    expect(first?.headers.get('Allow')).toBe('INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE');
    expect(first?.headers.get('Accept')).toBe('application/sdp');
    const [tag, again] = alice.toTags('OPTIONS');
    expect([tag, again]).toEqual([again, expect.any(String)]);
    expect([bob.agent.nextTimeout, bob.agent.dialogs]).toEqual([undefined, 0]);
  });

  it.each<[string, number, string, Record<string, string | null>]>([
    ['a method served by nobody here', 405, 'SUBSCRIBE', {}],
    ['a method unknown to everybody', 501, 'DANCE', {}],
    ['BYE without a dialog', 481, 'BYE', {}],
    ['BYE in an unknown dialog', 481, 'BYE', { to: 'To: <sip:bob@192.0.2.2>;tag=who' }],
    ['INFO without a dialog', 481, 'INFO', {}],
    ['CANCEL without an INVITE', 481, 'CANCEL', {}],
    ['a re-INVITE in an unknown dialog', 481, 'INVITE', { to: 'To: <sip:bob@192.0.2.2>;tag=who' }],
    ['no hop left', 483, 'INVITE', { maxForwards: 'Max-Forwards: 0' }],
    ['a tel: Request-URI', 416, 'INVITE', { start: 'INVITE tel:+15550100 SIP/2.0' }],
    ['Require: 100rel', 420, 'INVITE', { more: 'Require: 100rel' }],
    ['a body that is no SDP', 415, 'INVITE', withBody('text/plain', 'hello')],
    ['a malformed header', 400, 'INVITE', { more: 'not a header' }],
    ['another version of SIP', 505, 'INVITE', { start: 'INVITE sip:bob@192.0.2.2 SIP/3.0' }],
  ])('%s: %i', (_, status, method, change) => {
    const { alice, bob } = setUp();
    alice.request(method, change);
    expect(alice.statuses(method)).toEqual([status]);
    expect(alice.toTags(method)[0]).toBeDefined();
    expect([bob.of('incoming'), bob.agent.nextTimeout]).toEqual([[], undefined]);
  });

  it('names what is unsupported, allowed and acceptable', () => {
    const { alice } = setUp();
    alice.request('INVITE', { more: 'Require: 100rel, timer' });
    alice.request('REFER');
    expect(alice.responses('INVITE')[0]?.headers.get('Unsupported')).toBe('100rel, timer');
    expect(alice.responses('REFER')[0]?.headers.has('Allow')).toBe(true);
  });

  it('is silent about stray ACKs, stray responses, keep-alives and STUN', () => {
    const { network, alice, bob } = setUp();
    alice.request('ACK');
    alice.send(
      'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK0\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\n\r\n',
    );
    alice.send('\r\n\r\n');
    alice.send('\u0000\u0001\u0000\u0000');
    expect(alice.received).toEqual([]);
    expect(bob.events.map(({ type }) => type)).toEqual(['message', 'message']);
    network.carry(alice.address, bob.address, Uint8Array.of(0x80, 1, 2));
    network.run(5);
    expect(bob.of('bad-message')).toHaveLength(1);
  });

  it('refuses a copy of the same request that came by another path', () => {
    const { alice, bob } = setUp();
    alice.request('INVITE');
    alice.request('INVITE', { via: 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKother;rport' });
    expect(alice.statuses('INVITE')).toEqual([100, 482]);
    expect(bob.of('incoming')).toHaveLength(1);
  });
});

describe('where responses go', () => {
  it('to the source, with received and rport, when rport asks for it (RFC 3581)', () => {
    const { alice } = setUp();
    alice.request('OPTIONS', { via: 'Via: SIP/2.0/UDP 10.0.0.7:5999;rport;branch=z9hG4bK5' });
    const params = alice.responses('OPTIONS')[0]?.via[0]?.params;
    expect([params?.get('received'), params?.get('rport')]).toEqual(['192.0.2.1', '5060']);
  });

  it('to the source address and the port of Via without rport (section 18.2.2)', () => {
    const { network, alice } = setUp();
    alice.request('OPTIONS', { via: 'Via: SIP/2.0/UDP 10.0.0.7:5999;maddr=203.0.113.1;branch=z9hG4bK5' });
    expect(network.sent.at(-1)?.to).toEqual({ address: '192.0.2.1', port: 5999 });
  });
});

describe('floods', () => {
  const invite = (alice: Peer, index: number) =>
    alice.request('INVITE', {
      via: `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${index};rport`,
      callId: `Call-ID: flood-${index}`,
    });

  it('answers 503 beyond the cap of legs, keeps no memory of it, and serves the calls it has', () => {
    const { alice, bob } = setUp({ maxLegs: 3 });
    for (let index = 0; index < 50; index += 1) invite(alice, index);
    const statuses = alice.statuses('INVITE');
    expect(statuses.filter((status) => status === 503)).toHaveLength(47);
    expect(alice.responses('INVITE').at(-1)?.headers.get('Retry-After')).toBe('5');
    expect(bob.agent.dialogs).toBe(3);
    bob.act({ type: 'answer', legId: bob.of('incoming')[0]?.legId ?? '', sdp: 'v=0' });
  });

  it('answers 503 beyond the cap of transactions', () => {
    const { network, alice, bob } = setUp({ maxTransactions: 5 });
    bob.react = (event) => {
      if (event.type === 'incoming') bob.act({ type: 'reject', legId: event.legId, status: 486 });
    };
    for (let index = 0; index < 20; index += 1) invite(alice, index);
    expect(alice.statuses('INVITE').filter((status) => status === 503)).toHaveLength(15);
    network.run(64_000);
    expect(bob.agent.nextTimeout).toBe(undefined);
    invite(alice, 99);
    expect(bob.of('incoming')).toHaveLength(6);
  });
});
