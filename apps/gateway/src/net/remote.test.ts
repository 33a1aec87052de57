import { expect, it } from 'vitest';
import { networkOf, remoteOf } from './remote.js';

it.each([
  ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['::FFFF:C000:201', '192.0.2.1', '192.0.2.1'],
  ['2001:db8:0:7::ffff:1', '2001:db8:0:7::ffff:1', '2001:db8:0:7::/64'],
  ['2001:db8:0:7:ffff::1', '2001:db8:0:7:ffff::1', '2001:db8:0:7::/64'],
  ['2001:db8:0:8::1', '2001:db8:0:8::1', '2001:db8:0:8::/64'],
  ['fe80::1%eth0', 'fe80::1', 'fe80::/64'],
])('%s is %s, of %s', (remoteAddress, address, network) => {
  expect(remoteOf({ remoteAddress, remotePort: 7 })).toEqual({ address, port: 7 });
  expect(networkOf(remoteAddress)).toBe(network);
});

it('knows nobody where the connection is gone', () => {
  expect(remoteOf({ remoteAddress: undefined, remotePort: undefined })).toBe(undefined);
  expect(remoteOf({ remoteAddress: '192.0.2.1' })).toBe(undefined);
});
