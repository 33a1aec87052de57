import { expect, it } from 'vitest';
import { hostsOf } from '../net/listen.js';
import { askedAt } from './scope.js';

const BOTH = new Set(['127.0.0.1', '::1', '192.0.2.7']);
const IPV4 = new Set(['127.0.0.1', '192.0.2.7']);

it.each([
  ['a page', hostsOf('::'), BOTH, ['127.0.0.1', '::1']],
  ['a page, where IPv6 is switched off', hostsOf('::'), IPV4, ['127.0.0.1']],
  ['a page without IPv6', hostsOf('0.0.0.0'), IPV4, ['127.0.0.1']],
  ['a relay', ['0.0.0.0', '::'], BOTH, ['127.0.0.1', '::1']],
  ['a relay of IPv6 alone', ['::'], BOTH, ['::1']],
  ['a listener with addresses', ['192.0.2.7', '2001:db8::7'], IPV4, ['192.0.2.7', '2001:db8::7']],
  // Which fails, as it has to: it can be asked nowhere.
  ['a listener of IPv6 alone, where that is switched off', ['::'], IPV4, ['::1']],
])('%s is asked at an address of each family that this machine has', (_what, hosts, own, addresses) => {
  expect(askedAt(hosts, own)).toEqual(addresses);
});
