import { expect, it } from 'vitest';
import { hostPortOf } from './host-port.js';

it.each([
  ['sip:a@192.0.2.1:5070', { host: '192.0.2.1', port: 5070 }],
  ['sip:pbx.example.com', { host: 'pbx.example.com', port: 5060 }],
  ['sip:a@[2001:db8::1]:5061;transport=udp', { host: '[2001:db8::1]', port: 5061 }],
  ['sip:a@host:0', undefined],
  ['sip:a@host:99999', undefined],
  ['tel:+1555', undefined],
  ['sips:a@host', undefined],
  ['sip:a@host;transport=tls', undefined],
  ['sip:a@host;lr;transport=TCP', undefined],
])('%s leads to %j', (uri, expected) => {
  expect(hostPortOf(uri)).toEqual(expected);
});
