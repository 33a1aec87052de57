import { expect, it } from 'vitest';
import { reachableAddresses, takeTurns } from './reachable.js';

const LO = [{ address: '127.0.0.1' }, { address: '::1' }];
const on = (...addresses: readonly string[]) => addresses.map((address) => ({ address }));

it.each([
  ['a host with one address', { lo: LO, eth0: on('192.0.2.7') }, [], ['192.0.2.7']],
  ['no network', { lo: LO }, [], ['::1', '127.0.0.1']],
  ['no IPv6 at all', { lo: on('127.0.0.1') }, [], ['127.0.0.1']],
  ['nothing that is known', {}, [], ['127.0.0.1']],
  ['an interface without an address', { lo: LO, eth0: undefined }, [], ['::1', '127.0.0.1']],
  [
    'both families, the link-local one left out',
    { lo: LO, eth0: on('192.0.2.7', '2001:db8::7', 'fe80::1', '169.254.3.4') },
    [],
    ['2001:db8::7', '192.0.2.7'],
  ],
  [
    'an IPv6 network with an IPv4 address that nobody gave',
    { lo: LO, eth0: on('169.254.3.4', '2001:db8::7') },
    [],
    ['2001:db8::7'],
  ],
  [
    'several interfaces, the one with the route first and bridges last',
    {
      docker0: on('172.17.0.1'),
      'br-4e1': on('172.18.0.1'),
      wg0: on('10.8.0.2'),
      eth1: on('192.0.2.9'),
      eth0: on('192.0.2.7'),
    },
    ['192.0.2.7'],
    ['192.0.2.7', '10.8.0.2', '192.0.2.9', '172.17.0.1', '172.18.0.1'],
  ],
  [
    'a unique local address beside a global one',
    { eth0: on('fd00::7', '2001:db8::7', '192.0.2.7') },
    [],
    ['2001:db8::7', '192.0.2.7', 'fd00::7'],
  ],
  ['one address on two interfaces', { eth0: on('192.0.2.7'), tun0: on('192.0.2.7') }, [], ['192.0.2.7']],
] as const)('of %s', (_, interfaces, sources, expected) => {
  expect(reachableAddresses(sources, interfaces)).toEqual(expected);
});

it.each([
  ['aaa', '', 'aaa'],
  ['', 'bbb', 'bbb'],
  ['a', 'b', 'ab'],
  ['a', 'bbb', 'abbb'],
  ['aaaa', 'bb', 'ababaa'],
])('%j and %j take turns', (first, second, expected) => {
  expect(takeTurns([...first], [...second]).join('')).toBe(expected);
});
