import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { IpFamily, PeerRules, TurnLimits } from '@earshot/turn';
import type { MediaAddress } from '../media/index.js';
import type { RelayCertificate } from './types.js';

/** What the relay of one thread is started with. Plain data: it crosses threads. */
export interface RelaySettings {
  readonly hosts: readonly string[];
  /** UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  readonly realm: string;
  readonly software: string;
  readonly relayPorts: readonly [number, number];
  readonly allowPeers: readonly string[];
  readonly limits: Partial<TurnLimits>;
  readonly media: readonly MediaAddress[];
  readonly secrets: readonly string[];
  /** TLS is served where there is one. */
  readonly certificate?: RelayCertificate;
}

/** An address that relayed packets leave from: as bound here, and as the world sees it behind 1:1 NAT. */
export type RelayAddress = Pick<MediaAddress, 'local' | 'public'>;

/** Where relay sockets of each family are bound: the best address of media that has one. */
export function relayAddresses(media: readonly MediaAddress[]): ReadonlyMap<IpFamily, RelayAddress> {
  const byFamily = new Map<IpFamily, RelayAddress>();
  for (const address of media) {
    const family = isIP(address.local);
    // A relayed address is told in the family that was asked for.
    if ((family !== 4 && family !== 6) || isIP(address.public) !== family || byFamily.has(family)) continue;
    byFamily.set(family, address);
  }
  return byFamily;
}

/** Where the relay may lead. This machine's own addresses are named, so that no range opens them by accident. */
export function peerRules(media: readonly MediaAddress[], ranges: readonly string[]): PeerRules {
  const bound = Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ address }) => address) ?? []);
  const advertised = media.flatMap((address) => [address.local, address.public]);
  const own = media.map(({ public: outer, local, port }) => ({
    advertised: { address: outer, port },
    local: { address: local, port },
  }));
  return { own, ranges, hostAddresses: [...new Set([...bound, ...advertised])] };
}
