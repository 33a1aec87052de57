import type { TransportAddress } from '@earshot/base';
import { formatIp, parseIp, unmapIpv4 } from '@earshot/stun';

/** What is needed of a socket. */
interface Connected {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/**
 * Who is at the other end: IPv4 clients of a dual-stack listener by their IPv4 address, link-local ones without the zone,
 * which is this machine's. Undefined: the connection is gone already.
 */
export function remoteOf({ remoteAddress, remotePort }: Connected): TransportAddress | undefined {
  const bytes = remoteAddress === undefined ? undefined : parseIp(remoteAddress);
  if (bytes === undefined || remotePort === undefined) return undefined;
  return { address: formatIp(unmapIpv4(bytes)), port: remotePort };
}

/** What limits of a network count by: an IPv4 address, or an IPv6 /64, within which a host has all addresses it likes. */
export function networkOf(address: string): string {
  const bytes = parseIp(address);
  if (bytes === undefined) return address;
  const plain = unmapIpv4(bytes);
  return plain.length === 4 ? formatIp(plain) : `${formatIp(plain.map((byte, at) => (at < 8 ? byte : 0)))}/64`;
}
