import { expect, it } from 'vitest';
import { readCandidate, readError } from './candidates.js';

it('reads candidates of every browser, and skips their end and RTCP', () => {
  const text = 'candidate:1 1 udp 2113937151 f3b1.local 47521 typ host generation 0 ufrag 0tLi network-cost 999';
  expect(readCandidate(text)).toEqual({ type: 'host', protocol: 'udp', address: 'f3b1.local', port: 47_521 });
  expect(readCandidate('candidate:4 1 TCP 2105458943 fd00::2 9 typ host tcptype active')).toEqual({
    type: 'host',
    protocol: 'tcp',
    address: 'fd00::2',
    port: 9,
  });
  expect(readCandidate('candidate:0 2 UDP 2122187006 192.0.2.2 47455 typ host')).toBe(undefined);
  expect(readCandidate('')).toBe(undefined);
  expect(readCandidate('candidate:nonsense')).toBe(undefined);
});

it('knows by the URL how a relay is spoken to', () => {
  const text = 'candidate:2 1 udp 50340351 192.0.2.2 23541 typ relay raddr 192.0.2.9 rport 57975 generation 0';
  const url = 'turns:relay.example.com:443?transport=tcp';
  expect(readCandidate(text, url)).toMatchObject({ type: 'relay', relayProtocol: 'tls', url });
});

it('keeps what relays answered, as a message may carry it', () => {
  const error = { url: 'turn:a', errorCode: 401, errorText: `bad\r\n${'x'.repeat(300)}`, address: '192.0.2.x' };
  const facts = readError(error);
  expect(facts).toMatchObject({ url: 'turn:a', errorCode: 401, address: '192.0.2.x' });
  expect(facts.errorText).toMatch(/^bad {2}x{251}$/);
  expect(readError({ ...error, errorCode: 1_701, errorText: ' ', address: null })).toEqual({
    url: 'turn:a',
    errorCode: 999,
  });
});
