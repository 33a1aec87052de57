import { availableParallelism } from 'node:os';
import type { Config } from '../config/schema.js';
import { hostsOf } from '../net/listen.js';

/** A port, or neighbouring ones, that the configuration asks for. */
export interface PortUse {
  /** The name of the check. */
  readonly check: string;
  readonly protocol: 'udp' | 'tcp';
  readonly hosts: readonly string[];
  readonly first: number;
  readonly last: number;
  /** What chose it. */
  readonly setting: string;
}

const one = (
  check: string,
  protocol: PortUse['protocol'],
  hosts: readonly string[],
  port: number,
  setting: string,
): PortUse => ({ check, protocol, hosts, first: port, last: port, setting });

/** As MediaPool counts them. */
const workersOf = ({ media }: Config): number => media.workers ?? Math.max(1, availableParallelism() - 1);

/** Single ports, which have to be free. */
export function singlePorts(config: Config): PortUse[] {
  const { http, sip, media, turn, admin } = config;
  const { tls } = http;
  const browsers = { check: 'port.media', protocol: 'udp', hosts: media.hosts, setting: 'media.port' } as const;
  const lastMedia = media.port === 0 ? 0 : media.port + workersOf(config) - 1;
  return [
    one('port.http', 'tcp', hostsOf(http.host), http.port, 'http.port'),
    ...(tls === undefined ? [] : [one('port.https', 'tcp', hostsOf(tls.host), tls.port, 'http.tls.port')]),
    one('port.sip', 'udp', [sip.host], sip.port, 'sip.port'),
    { ...browsers, first: media.port, last: lastMedia },
    ...(turn.enabled
      ? [
          one('port.turn.udp', 'udp', turn.hosts, turn.port, 'turn.port'),
          one('port.turn.tcp', 'tcp', turn.hosts, turn.port, 'turn.port'),
        ]
      : []),
    ...(turn.enabled && tls !== undefined
      ? [one('port.turn.tls', 'tcp', turn.hosts, turn.tlsPort, 'turn.tlsPort')]
      : []),
    ...(admin.enabled ? [one('port.admin', 'tcp', hostsOf(admin.host), admin.port, 'admin.port')] : []),
  ];
}
