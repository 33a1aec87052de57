import { expect, it } from 'vitest';
import { parseConfig } from '../config/load.js';
import { defaultMayCall, routeTable } from './routes.js';

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

it('keeps the page from dialling out once a route has a wildcard', () => {
  const mayCall = (text: string): string[] => {
    const config = parseConfig(text);
    if (!config.ok) throw new Error(JSON.stringify(config.error));
    return defaultMayCall(config.value, [{ name: 'echo', uri: 'sip:echo@127.0.0.1:7000' }]);
  };
  expect(mayCall('routes: [{ match: desk, to: "sip:600@192.0.2.5" }]')).toEqual(['*']);
  const open = 'routes: [{ match: desk, to: "sip:600@192.0.2.5" }, { match: "+*", to: "sip:{number}@192.0.2.5" }]';
  expect(mayCall(open)).toEqual(['desk', 'echo', 'guest-*']);
});
