import type { TransportAddress } from '@earshot/base';
import { formatIp, parseIp, unmapIpv4 } from '@earshot/stun';

export { networkOf } from '@earshot/stun';

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
