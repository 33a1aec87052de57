import type { TransportAddress } from '@earshot/base';
import { formatIp, parseIp, unmapIpv4 } from '@earshot/stun';
import { hasPrefix, type IpPrefix, isInside, parsePrefix } from './ip-prefix.js';
import { NEVER, SPECIAL } from './special-addresses.js';
import type { PeerRules } from './types.js';

interface OwnEntry {
  readonly advertised: TransportAddress;
  readonly local: TransportAddress;
}

/**
 * Where the relay may lead: see `PeerRules`. Addresses are given as bytes, an IPv4-mapped one as the four that it
 * stands for.
 */
export class PeerPolicy {
  /** By port. */
  readonly #byAdvertised = new Map<number, OwnEntry[]>();
  readonly #byLocal = new Map<number, OwnEntry[]>();
  readonly #ownAddresses = new Set<string>();
  readonly #ranges: readonly IpPrefix[];
  readonly #special: readonly IpPrefix[];

  constructor({ own, ranges = [], hostAddresses = [] }: PeerRules) {
    this.#ranges = ranges.map(parsePrefix);
    this.#special = [...SPECIAL, ...hostAddresses.map(parsePrefix)];
    for (const { advertised, local } of own) {
      const name = canonical(advertised);
      const target = canonical(local);
      if (name === undefined || target === undefined || isNever(parseIp(name.address))) continue;
      const entry = { advertised: name, local: target };
      add(this.#byAdvertised, name.port, entry);
      add(this.#byLocal, target.port, entry);
      this.#ownAddresses.add(name.address);
    }
  }

  /** For a permission, which knows no port. */
  allowsAddress(ip: Uint8Array): boolean {
    return this.#ownAddresses.has(formatIp(ip)) || this.#isInRanges(ip);
  }

  /** Where a datagram for this peer is sent, or undefined: nowhere. */
  targetOf(ip: Uint8Array, port: number): TransportAddress | undefined {
    const address = formatIp(ip);
    for (const { advertised, local } of this.#byAdvertised.get(port) ?? []) {
      if (advertised.address === address) return local;
    }
    return port > 0 && this.#isInRanges(ip) ? { address, port } : undefined;
  }

  /** The names by which a client may know the own peer at this local address; several where it is advertised several times. */
  namesOf({ address, port }: TransportAddress): TransportAddress[] {
    const names: TransportAddress[] = [];
    for (const { advertised, local } of this.#byLocal.get(port) ?? []) {
      if (local.address === address) names.push(advertised);
    }
    return names;
  }

  #isInRanges(ip: Uint8Array): boolean {
    if (isNever(ip)) return false;
    return this.#ranges.some(
      (range) =>
        hasPrefix(ip, range) && this.#special.every((block) => !hasPrefix(ip, block) || isInside(range, block)),
    );
  }
}

const isNever = (ip: Uint8Array | undefined): boolean =>
  ip === undefined || NEVER.some((block) => hasPrefix(ip, block));

function canonical({ address, port }: TransportAddress): TransportAddress | undefined {
  const ip = parseIp(address);
  return ip && { address: formatIp(unmapIpv4(ip)), port };
}

function add(map: Map<number, OwnEntry[]>, port: number, entry: OwnEntry): void {
  const entries = map.get(port);
  if (entries === undefined) map.set(port, [entry]);
  else entries.push(entry);
}
