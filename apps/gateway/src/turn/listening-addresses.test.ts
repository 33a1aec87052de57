import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { listeningAddresses } from './listening-addresses.js';

const ipv4 = (address: string): NetworkInterfaceInfo => ({
  address,
  family: 'IPv4',
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  internal: address.startsWith('127.'),
  cidr: null,
});

const ipv6 = (address: string, scopeid = 0): NetworkInterfaceInfo => ({
  address,
  family: 'IPv6',
  netmask: 'ffff:ffff:ffff:ffff::',
  mac: '00:00:00:00:00:00',
  internal: address === '::1',
  cidr: null,
  scopeid,
});

const INTERFACES = {
  lo: [ipv4('127.0.0.1'), ipv6('::1')],
  eth0: [ipv4('192.0.2.7'), ipv6('2001:db8::7'), ipv6('fe80::7', 2)],
  eth1: [ipv4('198.51.100.7')],
};

const found = (...hosts: string[]): string[] =>
  listeningAddresses(hosts, INTERFACES).map(({ address, required }) => (required ? `${address}!` : address));

it('takes a wildcard for every address of its family, but for those of one link', () => {
  expect(found('0.0.0.0')).toEqual(['127.0.0.1', '192.0.2.7', '198.51.100.7']);
  expect(found('0.0.0.0', '::')).toEqual(['127.0.0.1', '192.0.2.7', '198.51.100.7', '::1', '2001:db8::7']);
});

it('insists on an address that is named, whether a wildcard stands for it or not', () => {
  expect(found('192.0.2.7')).toEqual(['192.0.2.7!']);
  expect(found('203.0.113.1', '192.0.2.7', '0.0.0.0')).toEqual([
    '203.0.113.1!',
    '192.0.2.7!',
    '127.0.0.1',
    '198.51.100.7',
  ]);
  expect(found('0.0.0.0', '192.0.2.7')).toContain('192.0.2.7!');
});

it('finds nothing for a family that the machine does not have', () => {
  expect(listeningAddresses(['::'], { lo: [ipv4('127.0.0.1')] })).toEqual([]);
});
