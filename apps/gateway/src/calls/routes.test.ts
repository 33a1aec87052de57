import { expect, it } from 'vitest';
import { parseConfig } from '../config/load.js';
import { hostPortOf, routeTable } from './routes.js';

it.each([
  ['sip:a@192.0.2.1:5070', { host: '192.0.2.1', port: 5070 }],
  ['sip:pbx.example.com', { host: 'pbx.example.com', port: 5060 }],
  ['sip:a@[2001:db8::1]:5061;transport=udp', { host: '[2001:db8::1]', port: 5061 }],
  ['sip:a@host:0', undefined],
  ['sip:a@host:99999', undefined],
  ['tel:+1555', undefined],
])('%s leads to %j', (uri, expected) => {
  expect(hostPortOf(uri)).toEqual(expected);
});

it('sends numbers through trunks and lets routes stand in for lines', () => {
  const text = `
trunks: { pbx: { target: "sip:pbx.example.com:5080" } }
routes: [{ match: "+*", trunk: pbx, codec: density }, { match: echo, to: "sip:600@192.0.2.5" }]
`;
  const config = parseConfig(text);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const line = { name: 'echo', uri: 'sip:echo@127.0.0.1:7000' };
  expect(routeTable(config.value, [line])).toEqual([
    { match: '+*', kind: 'sip', target: 'sip:{number}@pbx.example.com:5080', codecPolicy: 'density', trunk: 'pbx' },
    { match: 'echo', kind: 'sip', target: 'sip:600@192.0.2.5' },
    { match: 'echo', kind: 'sip', target: line.uri },
  ]);
});
