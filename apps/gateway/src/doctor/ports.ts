import { createServer } from 'node:net';
import { type Fault, fault } from '@earshot/base';
import { bindUdp } from '../net/bind.js';
import { type Finding, fine, problem, warning } from './finding.js';
import { overlaps, type PortUse, portRanges, singlePorts } from './port-uses.js';
import type { Scope } from './scope.js';

const named = ({ protocol, first, last, setting }: PortUse): string =>
  `${protocol.toUpperCase()} ${first === last ? first : `${first}-${last}`} (${setting})`;

/** The configured ports against each other. */
export function checkPlan({ config }: Pick<Scope, 'config'>): Finding[] {
  const ranges = portRanges(config);
  const clashes = overlaps([...singlePorts(config), ...ranges]).map(([one, other]) =>
    problem('port.ranges', fault('server.ports_overlap', `${named(one)} and ${named(other)}`)),
  );
  const few = tooFew(config.turn);
  const findings = [...clashes, ...(few === undefined ? [] : [few])];
  return findings.length > 0 ? findings : [fine('port.ranges', `No two parts share a port. ${describeRanges(ranges)}`)];
}

const describeRanges = (ranges: readonly PortUse[]): string =>
  ranges
    .map(({ first, last, setting }) =>
      first === 0 ? `${setting}: as the system chooses.` : `${setting}: ${first}-${last}.`,
    )
    .join(' ');

function tooFew({ enabled, relayPorts: [first, last], quota }: Scope['config']['turn']): Finding | undefined {
  const count = last - first + 1;
  if (!enabled || first === 0 || count >= quota.allocations) return undefined;
  const detail = `turn.relayPorts holds ${count}, turn.quota.allocations allows ${quota.allocations}`;
  return warning('port.ranges', fault('server.ports_few', detail));
}

/** While the server does not run: whether it could listen on each port. */
export async function checkFreePorts({ config }: Pick<Scope, 'config'>): Promise<Finding[]> {
  return await Promise.all(singlePorts(config).map(checkFree));
}

async function checkFree(use: PortUse): Promise<Finding> {
  const { check, first, last } = use;
  if (first === 0) return fine(check, `${use.protocol.toUpperCase()}: the system chooses the port (${use.setting}).`);
  for (let port = first; port <= last; port += 1) {
    for (const host of use.hosts) {
      const failure = await tryPort(use, host, port);
      if (failure !== undefined) return problem(check, failure, remedyFor(failure, use, port));
    }
  }
  return fine(check, `${named(use)} is free.`);
}

async function tryPort({ protocol, setting }: PortUse, host: string, port: number): Promise<Fault | undefined> {
  const code = protocol === 'udp' ? await tryUdp(host, port) : await tryTcp(host, port);
  const where = `${protocol.toUpperCase()} ${port} on ${host} (${setting})`;
  switch (code) {
    case undefined:
      return undefined;
    case 'EACCES':
      return fault('server.port_denied', undefined, where);
    case 'EADDRINUSE':
      return fault('server.port_in_use', undefined, where);
    case 'EAFNOSUPPORT':
      // A machine without IPv6 does without "::", which stands for what there is.
      return host === '::' ? undefined : fault('server.address_unavailable', code, where);
    default:
      return host === '::' && code === 'EADDRNOTAVAIL' ? undefined : fault('server.address_unavailable', code, where);
  }
}

function remedyFor({ code }: Fault, { protocol }: PortUse, port: number): string | undefined {
  if (code !== 'server.port_in_use') return undefined;
  return `Stop the program that has it (ss -${protocol === 'udp' ? 'u' : 't'}lnp 'sport = :${port}' names it), or choose another port.`;
}

async function tryUdp(host: string, port: number): Promise<string | undefined> {
  const socket = await bindUdp(host, port, '');
  if (socket.ok) socket.value.close();
  return socket.ok ? undefined : socket.error.detail;
}

function tryTcp(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => server.close(() => resolve(undefined)));
  });
}
