import { createServer } from 'node:net';
import { type Fault, fault } from '@earshot/base';
import { bindUdp } from '../net/bind.js';
import { type Finding, fine, problem, warning } from './finding.js';
import { type PortUse, singlePorts } from './port-uses.js';
import type { Scope } from './scope.js';

const RANGES = 'port.ranges';

const named = ({ protocol, first, last, setting }: PortUse): string =>
  `${protocol.toUpperCase()} ${first === last ? first : `${first}-${last}`} (${setting})`;

/** Ranges, of which some ports may be taken for a while: whether they hold what may be needed at once. */
export function checkRanges({ config }: Pick<Scope, 'config'>): Finding[] {
  const { sip, turn, calls } = config;
  return [
    judgeRange('sip.mediaPorts', sip.mediaPorts, 2 * calls.maxCalls, `calls.maxCalls of ${calls.maxCalls}`),
    ...(turn.enabled
      ? [judgeRange('turn.relayPorts', turn.relayPorts, turn.quota.allocations, 'turn.quota.allocations')]
      : []),
  ];
}

/** `needed`: ports, for what `limit` allows. */
function judgeRange(setting: string, [first, last]: readonly [number, number], needed: number, limit: string): Finding {
  if (first === 0) return fine(RANGES, `${setting}: the system chooses each port.`);
  const count = last - first + 1;
  const range = `UDP ${first}-${last} (${setting})`;
  if (count >= needed) return fine(RANGES, `${range} holds ${count} ports.`);
  return warning(RANGES, fault('server.ports_few', `${count} ports; ${limit} may need ${needed}`, range));
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
