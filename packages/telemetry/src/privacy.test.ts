import { describe, expect, it } from 'vitest';
import { privateTimeline, shortenAddress, shortenNumber, shortenText } from './privacy.js';
import { GATEWAY, HOST, OUTSIDE, RELAYED, relay, SRFLX, TimelineWriter, TURN_UDP } from './testing/timelines.js';

describe('an address', () => {
  it.each([
    ['198.51.100.9', '198.51.100.0/24', 'public'],
    ['192.168.1.7', '192.168.1.0/24', 'private'],
    ['192.168.1.x', '192.168.1.0/24', 'private'],
    ['::ffff:10.1.2.3', '10.1.2.0/24', 'private'],
    ['2001:db8:1:2::9', '2001:db8:1::/48', 'public'],
    ['2001:db8::9', '2001:db8::/48', 'public'],
    ['2001:0DB8:0000:x:x:x:x:x', '2001:db8::/48', 'public'],
    ['[fd00:0:7::1]', 'fd00:0:7::/48', 'private'],
    ['fe80::1%eth0', 'fe80::/48', 'private'],
    ['::1', '::1', 'private'],
    ['0b8f.local', '0b8f.local', 'private'],
    ['relay.example.com', 'relay.example.com', 'public'],
  ])('%s is shortened to %s, and hidden as %s', (address, short, hidden) => {
    expect(shortenAddress(address, 'full')).toBe(address);
    expect(shortenAddress(address, 'short')).toBe(short);
    expect(shortenAddress(address, 'hidden')).toBe(hidden);
    // The browser may have shortened it before the server does.
    expect(shortenAddress(short, 'short')).toBe(short);
    expect(shortenAddress(short, 'hidden')).toBe(hidden);
    expect(shortenAddress(hidden, 'short')).toBe(hidden);
  });
});

describe('a number', () => {
  it.each([
    ['+49 30 1234-567', '+49 30 1234-xxx'],
    ['101', 'xxx'],
    ['tel:+4930123456', 'tel:+4930123xxx'],
    ['sip:+4930123456@pbx.example.com;user=phone', 'sip:+4930123xxx@pbx.example.com'],
    ['sip:alice@example.com', 'sip:a…@example.com'],
    ['Álvaro', 'Á…'],
    ['', ''],
  ])('%s is shortened to %s', (text, short) => {
    expect(shortenNumber(text, 'short')).toBe(short);
    expect(shortenNumber(short, 'short')).toBe(short);
    expect(shortenNumber(text, 'full')).toBe(text);
    expect(shortenNumber(text, 'hidden')).toBe(text === '' ? '' : 'hidden');
  });
});

it('takes addresses out of sentences', () => {
  const text = 'from 198.51.100.9:4000 and [2001:db8::5]:5060 at 12:30, see 1.2';
  expect(shortenText(text, 'short')).toBe('from 198.51.100.0/24:4000 and 2001:db8::/48:5060 at 12:30, see 1.2');
  expect(shortenText(text, 'hidden')).toBe('from public:4000 and public:5060 at 12:30, see 1.2');
});

describe('a timeline', () => {
  const outside = { address: OUTSIDE, port: 60_000 };
  const timeline = new TimelineWriter()
    .browser({ type: 'mic.opened', label: 'Headset of Alice' })
    .browser({ type: 'mic.failed', code: 'mic.not_found', name: 'NotFoundError', message: 'Headset of Alice' })
    .browser({ type: 'ice.candidate', candidate: HOST })
    .browser({ type: 'ice.candidate', candidate: relay(TURN_UDP, 'udp') })
    .browser({ type: 'ice.candidate_error', url: TURN_UDP, errorCode: 701, errorText: OUTSIDE, address: OUTSIDE })
    .browser({ type: 'ice.pair', local: SRFLX, remote: { type: 'host', protocol: 'udp', ...GATEWAY } })
    .browser({ type: 'sdp.set', side: 'local', kind: 'offer', candidates: [SRFLX] })
    .gateway({ type: 'ice.check', outcome: 'ok', from: outside, count: 1, until: 0 })
    .gateway({ type: 'ice.advertised', candidates: [GATEWAY] })
    .relay({ type: 'turn.allocated', transport: 'udp', client: outside, relayed: RELAYED, lifetimeMs: 1 })
    .done();

  it('holds no address of a person below full, and those of the server at every level', () => {
    for (const level of ['short', 'hidden'] as const) {
      const text = JSON.stringify(privateTimeline(timeline, level));
      expect(text).not.toContain(OUTSIDE);
      expect(text).not.toContain('Alice');
      expect(text).toContain(GATEWAY.address);
      expect(text).toContain(RELAYED.address);
      expect(text).toContain(level === 'short' ? '198.51.100.0/24' : '"public"');
    }
    expect(privateTimeline(timeline, 'full')).toBe(timeline);
  });
});
