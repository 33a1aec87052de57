import { expect, it } from 'vitest';
import { parseRelayUrl } from './url.js';

it.each([
  ['turn:turn.example.com', { scheme: 'turn', host: 'turn.example.com', port: 3478, transport: 'udp' }],
  ['turn:192.0.2.1:80?transport=tcp', { scheme: 'turn', host: '192.0.2.1', port: 80, transport: 'tcp' }],
  ['turn:192.0.2.1?transport=udp', { scheme: 'turn', host: '192.0.2.1', port: 3478, transport: 'udp' }],
  ['turns:turn.example.com', { scheme: 'turns', host: 'turn.example.com', port: 5349, transport: 'tls' }],
  ['turns:[2001:db8::1]:443?transport=tcp', { scheme: 'turns', host: '2001:db8::1', port: 443, transport: 'tls' }],
  ['stun:stun.example.com', { scheme: 'stun', host: 'stun.example.com', port: 3478, transport: 'udp' }],
])('%s leads to %j', (text, expected) => {
  expect(parseRelayUrl(text)).toEqual(expected);
});

it.each([
  '',
  'turn:',
  'http://a',
  'turn:a:0',
  'turn:a:99999',
  'turn:a?transport=sctp',
  'turns:a?transport=udp',
  'turn:u@a',
])('nothing is made of %j', (text) => {
  expect(parseRelayUrl(text)).toBeUndefined();
});
