import { isIPv6 } from 'node:net';
import { availableParallelism } from 'node:os';
import { hostsOf } from '../net/listen.js';

/** What the configuration says of ports. */
export interface PortSettings {
  readonly http: HostPort & { readonly tls?: HostPort | undefined };
  readonly sip: HostPort & { readonly mediaPorts: readonly [number, number] };
  readonly media: HostsPort & { readonly workers?: number | undefined };
  readonly turn: HostsPort & {
    readonly enabled: boolean;
    readonly tlsPort: number;
    readonly relayPorts: readonly [number, number];
  };
  readonly admin: HostPort & { readonly enabled: boolean };
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

interface HostsPort {
  readonly hosts: readonly string[];
  readonly port: number;
}

interface PortUse {
  readonly setting: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly hosts: readonly string[];
  readonly first: number;
  readonly last: number;
}

/** Two settings that want the same port. */
export interface PortClash {
  readonly path: readonly string[];
  readonly message: string;
}

/** As MediaPool counts them. */
const workersOf = ({ workers }: PortSettings['media']): number => workers ?? Math.max(1, availableParallelism() - 1);

function portUses({ http, sip, media, turn, admin }: PortSettings): PortUse[] {
  const one = (setting: string, protocol: PortUse['protocol'], hosts: readonly string[], port: number): PortUse => ({
    setting,
    protocol,
    hosts,
    first: port,
    last: port,
  });
  const udp = { protocol: 'UDP' } as const;
  const [sipFirst, sipLast] = sip.mediaPorts;
  const [relayFirst, relayLast] = turn.relayPorts;
  return [
    one('http.port', 'TCP', hostsOf(http.host), http.port),
    ...(http.tls === undefined ? [] : [one('http.tls.port', 'TCP', hostsOf(http.tls.host), http.tls.port)]),
    one('sip.port', 'UDP', [sip.host], sip.port),
    { ...udp, setting: 'sip.mediaPorts', hosts: [sip.host], first: sipFirst, last: sipLast },
    { ...udp, setting: 'media.port', hosts: media.hosts, first: media.port, last: media.port + workersOf(media) - 1 },
    ...(turn.enabled
      ? [
          one('turn.port', 'UDP', turn.hosts, turn.port),
          one('turn.port', 'TCP', turn.hosts, turn.port),
          { ...udp, setting: 'turn.relayPorts', hosts: media.hosts, first: relayFirst, last: relayLast },
        ]
      : []),
    // Without a certificate it is not opened.
    ...(turn.enabled && http.tls !== undefined ? [one('turn.tlsPort', 'TCP', turn.hosts, turn.tlsPort)] : []),
    ...(admin.enabled ? [one('admin.port', 'TCP', hostsOf(admin.host), admin.port)] : []),
  ];
}

/** Whether both listen on some address. Each is of one family: `::` has no IPv4 here. */
const meet = (one: string, other: string): boolean =>
  one === other || (isIPv6(one) === isIPv6(other) && [one, other].some((host) => host === '0.0.0.0' || host === '::'));

/** The settings that want a port which another one has; 0 lets the system choose and never clashes. */
export function portClashes(settings: PortSettings): PortClash[] {
  const uses = portUses(settings).filter(({ first }) => first !== 0);
  return uses.flatMap((use, index) => {
    const { protocol, first, last, hosts } = use;
    const other = uses
      .slice(0, index)
      .filter((earlier) => earlier.protocol === protocol && earlier.first <= last && first <= earlier.last)
      .find((earlier) => earlier.hosts.some((one) => hosts.some((host) => meet(one, host))));
    if (other === undefined) return [];
    const port = Math.max(first, other.first);
    return [{ path: use.setting.split('.'), message: `${protocol} port ${port} belongs to ${other.setting} already` }];
  });
}
