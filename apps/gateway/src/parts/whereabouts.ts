import { formatAddress } from '@earshot/base';
import type { AdminServer, RunningServer } from '../admin/index.js';
import type { Config } from '../config/schema.js';
import type { MediaAddresses } from '../media/index.js';
import type { RelayPorts } from '../turn/index.js';
import type { StandingParts } from './start.js';

/** Where a server is reached, for people: the `ready` record of the log. */
export interface GatewayAddresses {
  readonly http: string;
  /** By the TLS port. */
  readonly https?: string;
  /** Where SIP is spoken, as host:port. */
  readonly sip: string;
  /** UDP addresses offered to browsers are these hosts with each worker's port. */
  readonly media: readonly string[];
  /** Ports of the embedded relay, by transport. */
  readonly turn?: RelayPorts;
  /** Health, metrics and calls, for the operator alone. */
  readonly admin?: string;
}

const publicHosts = ({ list }: MediaAddresses): string[] => [...new Set(list.map((each) => each.public))];

export function describeAddresses(
  { web, phones, media, relay }: StandingParts,
  admin: AdminServer | undefined,
): GatewayAddresses {
  const { http, secure } = web;
  const url = (scheme: string, host: string, port: number): string => {
    const address = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
    return `${scheme}://${formatAddress({ address, port })}`;
  };
  return {
    http: url('http', http.host, http.port),
    ...(secure === undefined ? {} : { https: url('https', secure.host, secure.port) }),
    sip: formatAddress(phones.agent.local),
    media: publicHosts(media.addresses),
    ...(relay === undefined ? {} : { turn: relay.ports }),
    ...(admin === undefined ? {} : { admin: admin.url }),
  };
}

/** For commands that run beside this server: as it is whenever it is asked. */
export function describeRunning(
  config: Config,
  { web, phones, media, relay, relays }: StandingParts,
  admin: AdminServer | undefined,
): () => RunningServer {
  const { local } = phones.agent;
  const startedAt = Date.now();
  return () => {
    const { http, secure } = web;
    const { target } = relays.reflector;
    return {
      version: 1,
      pid: process.pid,
      startedAt,
      http: { host: http.host, port: http.port },
      ...(secure === undefined ? {} : { tls: { host: secure.host, port: secure.port } }),
      sip: { host: local.address, port: local.port },
      media: {
        addresses: publicHosts(media.addresses),
        ports: [...new Set(media.pool.sockets.flatMap((sockets) => sockets.map(({ port }) => port)))],
      },
      ...(relay === undefined ? {} : { turn: relay.ports }),
      ...(admin === undefined ? {} : { admin: { host: config.admin.host, port: admin.port } }),
      ...(target === undefined
        ? {}
        : { check: { ...target.ice, addresses: [...target.addresses], local: [...target.local] } }),
    };
  };
}
