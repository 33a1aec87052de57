import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** IPv4 addresses a browser could reach this machine by: all but loopback; on a machine without any, loopback. */
export function reachableAddresses(interfaces = networkInterfaces()): string[] {
  const addresses: string[] = [];
  for (const entries of Object.values(interfaces)) {
    for (const { address, family, internal } of entries ?? []) {
      if (family === 'IPv4' && !internal) addresses.push(address);
    }
  }
  return addresses.length > 0 ? addresses : ['127.0.0.1'];
}

/** The local address the system's routes use towards `remote` (an IP address). No packet is sent. */
export async function sourceAddressTowards(remote: string): Promise<string> {
  const socket = createSocket(isIP(remote) === 6 ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(9, remote, resolve);
    });
    return socket.address().address;
  } catch {
    return '127.0.0.1'; // no route: what follows fails by name when it sends
  } finally {
    socket.close();
  }
}

/** What this machine is called towards `remote`: the configured public address, except for hosts on this machine. */
export async function advertisedTowards(remote: string, configured: string | undefined): Promise<string> {
  if (configured !== undefined && !isLoopback(remote)) return configured;
  return await sourceAddressTowards(remote);
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
