import { isIPv6 } from 'node:net';
import { hostCandidatePriority } from '@earshot/base';
import type { MediaHost } from './options.js';

/** An address that browsers are told. */
export interface OfferedAddress {
  /** As they see it. */
  readonly public: string;
  /** As it is bound here. */
  readonly local: string;
}

export interface AddressPlan {
  /** What to bind in each worker. */
  readonly hosts: readonly MediaHost[];
  /** What to tell browsers, best first. */
  readonly offered: readonly OfferedAddress[];
  /** Advertised local addresses that this machine does not have, or has no more. */
  readonly absent: readonly string[];
}

export interface AddressSettings {
  readonly hosts: readonly string[];
  /** In order of preference; `local` is the same as `public` where only one was given. */
  readonly advertised?: readonly OfferedAddress[] | undefined;
}

/** A host with hundreds of addresses is bound on the best of them. */
const MAX_BOUND = 32;
/** Each candidate of ours is a pair with each of a browser's, which checks 20 a second: more would cost time. */
const MAX_OFFERED = 8;

const ANY_IPV4 = '0.0.0.0';
const ANY_IPV6 = '::';

/**
 * Which addresses to bind for browsers, and which to tell them. `reachable`: those of this machine, best first.
 *
 * A wildcard stands for every reachable address of its family. An advertised address that this machine never had
 * stands for all that are bound: some NAT or load balancer in front of it decides where it leads. `former`: what was
 * reachable before.
 */
export function planAddresses(
  { hosts, advertised }: AddressSettings,
  reachable: readonly string[],
  former: ReadonlySet<string> = new Set(),
): AddressPlan {
  const named = hosts.filter((host) => host !== ANY_IPV4 && host !== ANY_IPV6);
  const matched = reachable.filter((address) => hosts.includes(isIPv6(address) ? ANY_IPV6 : ANY_IPV4));
  const bound = [...new Set([...named, ...matched])].slice(0, Math.max(MAX_BOUND, named.length));
  if (advertised === undefined) {
    const offered = bound.slice(0, MAX_OFFERED).map((address) => ({ public: address, local: address }));
    return { hosts: bound.map((address) => toHost(address, named, offered)), offered, absent: [] };
  }
  const ours = (each: OfferedAddress): boolean => bound.includes(each.local);
  const inFront = advertised.filter((each) => each.local === each.public && !ours(each) && !former.has(each.local));
  const offered = advertised.flatMap((each) => {
    if (ours(each)) return [each];
    const local = inFront.includes(each)
      ? (bound.find((address) => isAlike(address, each.public)) ?? bound[0])
      : undefined;
    return local === undefined ? [] : [{ public: each.public, local }];
  });
  const absent = advertised.filter((each) => !ours(each) && !inFront.includes(each)).map(({ local }) => local);
  const outers = bound.map((address) => outerOf(address, offered, inFront));
  return { hosts: bound.map((address, index) => toHost(address, named, offered, outers[index])), offered, absent };
}

const isAlike = (one: string, other: string): boolean => isIPv6(one) === isIPv6(other);

function toHost(
  address: string,
  named: readonly string[],
  offered: readonly OfferedAddress[],
  outer?: string,
): MediaHost {
  const index = offered.findIndex(({ local }) => local === address);
  return {
    address,
    required: named.includes(address),
    priority: hostCandidatePriority(index < 0 ? offered.length : index),
    ...(outer === undefined ? {} : { outer }),
  };
}

/** By which address others know one of ours, where that is another: its own public one, or one in front of all. */
function outerOf(
  address: string,
  offered: readonly OfferedAddress[],
  inFront: readonly OfferedAddress[],
): string | undefined {
  if (offered.some((each) => each.public === address)) return undefined;
  return (offered.find(({ local }) => local === address) ?? inFront.find((each) => isAlike(each.public, address)))
    ?.public;
}
