import { isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { isLoopback, sourceAddressTowards } from './addresses.js';

/** Addresses out in the network (RFC 5737, RFC 3849), to ask the system's routes for the usual way there. */
const SOMEWHERE = ['192.0.2.1', '2001:db8::1'];

/** Bridges of containers and virtual machines on this host. What is behind them reaches it by its other addresses too. */
const BRIDGE = /^(?:docker|br-|veth|virbr|vmnet|vboxnet|vEthernet|lxc|lxd|podman|cni|flannel|cali|cilium)/;

/** Without a router nobody but the neighbours could reach them, and browsers would have to name an interface. */
const isLinkLocal = (address: string): boolean => address.startsWith('169.254.') || /^fe[89ab]/i.test(address);

/** fc00::/7 (RFC 4193). */
const isUniqueLocal = (address: string): boolean => /^f[cd]/i.test(address) && address.includes(':');

type Interfaces = NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address'>[]>;

/** The addresses that lead out of this machine, which go first. */
export const usualSources = (): Promise<string[]> => Promise.all(SOMEWHERE.map(sourceAddressTowards));

/**
 * The addresses of this machine that a browser could reach, best first: loopback and link-local ones are left out, but
 * for loopback where there is nothing else.
 *
 * Within a family: what the system's routes use, then other interfaces, then bridges of containers and virtual machines;
 * unique local IPv6 addresses behind global ones. The families take turns, IPv6 first, so that one that is broken, or
 * has many addresses, neither delays the other nor crowds it out (RFC 8421 section 4).
 */
export function reachableAddresses(sources: readonly string[], interfaces: Interfaces = networkInterfaces()): string[] {
  const all = Object.entries(interfaces).flatMap(([name, entries]) =>
    (entries ?? []).map(({ address }) => ({ address, rank: rankOf(address, name, sources) })),
  );
  const outside = all.filter(({ address }) => !isLoopback(address) && !isLinkLocal(address));
  const usable = outside.length > 0 ? outside : all.filter(({ address }) => isLoopback(address));
  const ordered = [...new Set(usable.toSorted((a, b) => a.rank - b.rank).map(({ address }) => address))];
  const [ipv6, ipv4] = [ordered.filter((address) => isIPv6(address)), ordered.filter((address) => !isIPv6(address))];
  return ordered.length > 0 ? takeTurns(ipv6, ipv4) : ['127.0.0.1'];
}

function rankOf(address: string, interfaceName: string, sources: readonly string[]): number {
  if (sources.includes(address)) return 0;
  return (BRIDGE.test(interfaceName) ? 3 : 1) + (isUniqueLocal(address) ? 1 : 0);
}

/** By turns, each in its order, `first` before `second`. */
export function takeTurns<T>(first: readonly T[], second: readonly T[]): T[] {
  const turns = Array.from({ length: Math.max(first.length, second.length) }, (_, index) => index);
  return turns.flatMap((index) => [...first.slice(index, index + 1), ...second.slice(index, index + 1)]);
}
