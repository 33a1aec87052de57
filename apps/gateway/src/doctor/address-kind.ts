import { isIP } from 'node:net';
import { formatIp, parseIp } from '@earshot/stun';
import { addressRanges } from '../net/cidr.js';

/** Who can reach an address, by the registries of RFC 6890. */
export type AddressKind = 'public' | 'private' | 'carrier' | 'loopback' | 'link-local' | 'example' | 'unusable';

const RANGES: readonly (readonly [AddressKind, (address: string) => boolean])[] = [
  ['loopback', addressRanges(['127.0.0.0/8', '::1'])],
  ['link-local', addressRanges(['169.254.0.0/16', 'fe80::/10'])],
  ['private', addressRanges(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'])],
  // Behind a carrier's NAT (RFC 6598).
  ['carrier', addressRanges(['100.64.0.0/10'])],
  // Of documentation (RFC 5737, RFC 3849): copied from an example.
  ['example', addressRanges(['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'])],
  ['unusable', addressRanges(['0.0.0.0/8', '224.0.0.0/3', '::', 'ff00::/8'])],
];

export function kindOf(address: string): AddressKind {
  return RANGES.find(([, covers]) => covers(address))?.[0] ?? 'public';
}

/** One spelling for each address, so that two can be compared. */
export function canonical(address: string): string {
  const bytes = isIP(address) === 0 ? undefined : parseIp(address);
  return bytes === undefined ? address : formatIp(bytes);
}
