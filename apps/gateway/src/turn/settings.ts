import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { IpFamily, OwnPeer, PeerRules, TurnLimits } from '@earshot/turn';
import type { RelayAddress, RelayCertificate } from './types.js';

/** What the relay of one thread is started with. Plain data: it crosses threads. */
export interface RelaySettings {
  readonly hosts: readonly string[];
  /** UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  readonly realm: string;
  readonly software: string;
  readonly relayPorts: readonly [number, number];
  readonly relayAddresses: readonly RelayAddress[];
  readonly allowPeers: readonly string[];
  readonly limits: Partial<TurnLimits>;
  readonly peers: readonly OwnPeer[];
  readonly secrets: readonly string[];
  /** TLS is served where there is one. */
  readonly certificate?: RelayCertificate;
}

/** Where relay sockets of each family are bound: the best address of it. */
export function relayAddressesByFamily(addresses: readonly RelayAddress[]): ReadonlyMap<IpFamily, RelayAddress> {
  const byFamily = new Map<IpFamily, RelayAddress>();
  for (const address of addresses) {
    const family = isIP(address.local);
    if ((family === 4 || family === 6) && !byFamily.has(family)) byFamily.set(family, address);
  }
  return byFamily;
}

/** Where the relay may lead. This machine's own addresses are named, so that no range opens them by accident. */
export function peerRules(settings: RelaySettings, own: readonly OwnPeer[]): PeerRules {
  const bound = Object.values(networkInterfaces()).flatMap((entries) => entries?.map(({ address }) => address) ?? []);
  const advertised = settings.relayAddresses.flatMap((address) => [address.local, address.public]);
  return { own, ranges: settings.allowPeers, hostAddresses: [...new Set([...bound, ...advertised])] };
}
