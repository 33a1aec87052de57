import { describe, expect, it } from 'vitest';
import { parseUri, type Uri } from '../message/uri.js';
import { request } from '../testing/requests.js';
import type { SipFlow } from './flow.js';
import { cameThroughNat, requestFlow, responseFlow, stampReceived } from './via-routing.js';

const flow: SipFlow = {
  transport: 'udp',
  local: { address: '192.0.2.2', port: 5060 },
  remote: { address: '203.0.113.5', port: 40_000 },
};
const tls: SipFlow = { ...flow, transport: 'tls', id: 'c1' };
const from = (via: string) => stampReceived(request('INVITE', { via: `Via: SIP/2.0/UDP ${via}` }), flow.remote);
const uri = (text: string): Uri => parseUri(text) ?? { scheme: 'other', text };

describe('received and rport', () => {
  it.each([
    ['203.0.113.5:40000;branch=z9hG4bK1', undefined, undefined],
    ['192.168.1.4;branch=z9hG4bK1', '203.0.113.5', undefined],
    ['192.168.1.4;rport;branch=z9hG4bK1', '203.0.113.5', '40000'],
    ['phone.invalid;rport;branch=z9hG4bK1', '203.0.113.5', '40000'],
    ['192.168.1.4;received=1.2.3.4;rport=9;branch=z9hG4bK1', '203.0.113.5', '40000'],
  ])('%s', (via, received, rport) => {
    const params = from(via).via[0]?.params;
    expect([params?.get('received'), params?.get('rport')]).toEqual([received, rport]);
  });

  it('tell a NAT from a proxy with a name', () => {
    expect(cameThroughNat(from('192.168.1.4;rport;branch=z9hG4bK1'))).toBe(true);
    expect(cameThroughNat(from('203.0.113.5;rport;branch=z9hG4bK1'))).toBe(false);
    expect(cameThroughNat(from('proxy.example.com;branch=z9hG4bK1'))).toBe(false);
  });
});

describe('the way back', () => {
  it.each([
    ['192.168.1.4;rport;branch=z9hG4bK1', flow, 40_000],
    ['192.168.1.4:5080;branch=z9hG4bK1', flow, 5080],
    ['192.168.1.4;branch=z9hG4bK1', flow, 5060],
    ['192.168.1.4:5080;branch=z9hG4bK1', tls, 40_000],
  ])('%s', (via, by, port) => {
    expect(responseFlow(from(via), by).remote).toEqual({ address: '203.0.113.5', port });
  });
});

describe('the next hop within a dialog', () => {
  it.each([
    ['sip:198.51.100.1:5070', flow, '198.51.100.1', 5070],
    ['sip:a@198.51.100.1', flow, '198.51.100.1', 5060],
    ['sip:[2001:db8::1]', flow, '2001:db8::1', 5060],
    ['sip:a@phone.invalid', flow, '203.0.113.5', 40_000],
    ['sip:a@192.168.1.4', flow, '203.0.113.5', 40_000],
    ['sip:a@198.51.100.1', tls, '203.0.113.5', 40_000],
    ['tel:+15550100', flow, '203.0.113.5', 40_000],
  ])('%s', (target, by, address, port) => {
    expect(requestFlow(uri(target), by).remote).toEqual({ address, port });
  });

  it('is a private address where the whole network is private', () => {
    const lan = { ...flow, remote: { address: '10.0.0.1', port: 5060 } };
    expect(requestFlow(uri('sip:a@192.168.1.4'), lan).remote.address).toBe('192.168.1.4');
  });
});
