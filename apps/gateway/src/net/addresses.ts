import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** The local address the system's routes use towards `remote` (an IP address). No packet is sent. */
export async function sourceAddressTowards(remote: string): Promise<string> {
  const socket = createSocket(isIP(remote) === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      // Without a route it is the callback that hears of it.
      socket.connect(9, remote, (error?: Error) => (error ? reject(error) : resolve()));
    });
    return socket.address().address;
  } catch {
    return '127.0.0.1'; // no route: what follows fails by name when it sends
  } finally {
    socket.close();
  }
}

/** How an address of this machine was configured: where sockets are bound, and what the world is told. */
export interface OwnAddress {
  readonly host: string;
  readonly advertisedAddress?: string | undefined;
}

export const isUnspecified = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** The address that was configured towards `remote`, or undefined where that is left to the system's routes. */
export function configuredTowards(remote: string, { host, advertisedAddress }: OwnAddress): string | undefined {
  if (advertisedAddress !== undefined && !isLoopback(remote)) return advertisedAddress;
  return isUnspecified(host) ? undefined : host;
}

/** What this machine is called towards `remote`: as configured, or by the address that the route there uses. */
export async function advertisedTowards(remote: string, own: OwnAddress): Promise<string> {
  return configuredTowards(remote, own) ?? (await sourceAddressTowards(remote));
}

/** The IPv4 address of a host name or address, or undefined when it has none. */
export async function resolveHost(host: string): Promise<string | undefined> {
  const plain = host.replace(/^\[|\]$/g, '');
  if (isIP(plain) !== 0) return plain;
  try {
    return (await lookup(plain, { family: 4 })).address;
  } catch {
    return undefined;
  }
}
