import { isIP } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** An address to bind. One that stands there by name must be had; one that a wildcard stands for may be gone again. */
export interface ListeningAddress {
  readonly address: string;
  readonly required: boolean;
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/**
 * Every address that `hosts` stands for, each to be bound by itself: what is sent from a wildcard leaves from the address
 * that the route prefers, and a client of a multi-homed host would be answered by a stranger.
 */
export function listeningAddresses(
  hosts: readonly string[],
  interfaces: Interfaces = networkInterfaces(),
): ListeningAddress[] {
  const found = new Map<string, boolean>();
  for (const host of hosts) {
    if (isWildcard(host)) for (const address of addressesOf(isIP(host), interfaces)) add(found, address, false);
    else add(found, host, true);
  }
  return [...found].map(([address, required]) => ({ address, required }));
}

function add(found: Map<string, boolean>, address: string, required: boolean): void {
  found.set(address, required || found.get(address) === true);
}

/** Link-local addresses are left out: they mean something on one link alone, and no URL can name them. */
function addressesOf(family: number, interfaces: Interfaces): string[] {
  return Object.values(interfaces).flatMap((entries) =>
    (entries ?? [])
      .filter((entry) => isIP(entry.address) === family && !isLinkLocal(entry))
      .map((entry) => entry.address),
  );
}

const isLinkLocal = ({ family, scopeid }: NetworkInterfaceInfo): boolean => family === 'IPv6' && scopeid !== 0;
