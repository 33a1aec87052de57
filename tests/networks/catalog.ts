import * as filters from './filters.js';
import type { NetworkShape, RouterShape } from './network.js';
import type { ServerKind } from './servers.js';

/** By which way media goes. */
export interface Path {
  readonly kind: 'direct' | 'relay';
  /** Of the browser's own leg: to the gateway, or to the relay. */
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly family: 4 | 6;
}

/** The ways that a network leaves: where there are several, browsers take the one that works first. */
export interface AllowedPath extends Omit<Path, 'transport'> {
  readonly transports: readonly Path['transport'][];
}

export interface NetworkDefinition extends NetworkShape {
  readonly name: string;
  /** What it is like, for people. */
  readonly title: string;
  /** The gateway that is called. */
  readonly gateway: ServerKind;
  readonly path: AllowedPath;
  /** Firefox calls from here as well. */
  readonly firefox: boolean;
}

const DIRECT: AllowedPath = { kind: 'direct', transports: ['udp'], family: 4 };
const relay = (...transports: readonly Path['transport'][]): AllowedPath => ({ kind: 'relay', transports, family: 4 });

const HOME: RouterShape = { nat: 'restricted' };
const behind = (forward: string): readonly RouterShape[] => [{ ...HOME, forward }];

const SMALL_MTU = 1280;
/** Leaves room for headers of IPv4 and TCP without options. */
const SMALL_SEGMENT = SMALL_MTU - 40;
const FRAGMENTATION_NEEDED = 'icmp type destination-unreachable icmp code frag-needed drop';

const define = (
  name: string,
  title: string,
  routers: readonly RouterShape[],
  rest: Partial<NetworkDefinition> = {},
): NetworkDefinition => ({
  name,
  title,
  family: 4,
  routers,
  gateway: 'embedded',
  path: DIRECT,
  firefox: false,
  ...rest,
});

export const NETWORKS: readonly NetworkDefinition[] = [
  define('open', 'a public address, nothing in the way', [{}], { firefox: true }),
  define('restricted-nat', 'a home router: port-restricted NAT', [HOME]),
  define('symmetric-nat', 'every destination sees another port', [{ nat: 'symmetric' }]),
  define('double-nat', "a home router behind a carrier's symmetric NAT", [HOME, { nat: 'symmetric' }]),
  define('udp-blocked', 'no UDP passes', behind(filters.UDP_BLOCKED), { path: relay('tcp', 'tls'), firefox: true }),
  define('tcp-443', 'any TCP to port 443, nothing else', behind(filters.ONLY_TCP_443), { path: relay('tls') }),
  define('tls-443', 'TLS to port 443, nothing else', behind(filters.ONLY_TLS_443), {
    path: relay('tls'),
    firefox: true,
  }),
  define('ipv6', 'no IPv4 at all', [{}], { family: 6, path: { ...DIRECT, family: 6 }, firefox: true }),
  define('mtu-1280', 'a link of 1280 bytes, said by ICMP', [HOME, { uplink: {} }].map(narrowed)),
  define(
    'mtu-1280-silent',
    'a link of 1280 bytes, not said by anybody; TCP segments are clamped',
    [
      { ...HOME, forward: `tcp flags syn tcp option maxseg size set ${SMALL_SEGMENT}`, output: FRAGMENTATION_NEEDED },
      { output: FRAGMENTATION_NEEDED },
    ].map(narrowed),
    // Its ClientHello begins with a datagram of 1408 bytes.
    { firefox: true },
  ),
  define('rtt-300', '150 ms each way', [
    { ...HOME, uplink: { impairment: { delayMs: 150, lossPercent: 0, seed: 1 } } },
  ]),
  define('loss-10', '10% loss each way', [
    { ...HOME, uplink: { impairment: { delayMs: 10, lossPercent: 10, seed: 2 } } },
  ]),
  define('turn-udp-dead', 'relays by UDP and direct media dead, TCP alive', behind(filters.TURN_UDP_DEAD), {
    path: relay('tcp', 'tls'),
  }),
  define('first-relay-dead', 'direct media dead, the relay listed first as well', behind(filters.MEDIA_BLOCKED), {
    path: relay('udp'),
    gateway: 'external',
  }),
  define('ipv6-tls-443', 'no IPv4, and TLS to port 443 alone', [{ forward: filters.ONLY_TLS_443 }], {
    family: 6,
    path: { ...relay('tls'), family: 6 },
  }),
  define('ipv6-dead', 'IPv6 that leads nowhere, beside IPv4', [{ forward: filters.IPV6_DEAD }], { family: 'both' }),
  define('mapped', 'the gateway behind 1:1 NAT', [HOME], { gateway: 'mapped' }),
  define('mapped-tls-443', 'the gateway behind 1:1 NAT, TLS to port 443 alone', behind(filters.ONLY_TLS_443), {
    path: relay('tls'),
    gateway: 'mapped',
  }),
];

/** The small link lies between the client's router and the provider's. */
function narrowed(router: RouterShape, position: number): RouterShape {
  return position === 0 ? { ...router, uplink: { mtu: SMALL_MTU } } : router;
}
