import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { fault } from '@earshot/base';
import { canonical } from './address-kind.js';
import type { OutsideView } from './addresses.js';
import { type Finding, fine, problem, warning } from './finding.js';
import { hostOf, type Scope } from './scope.js';

/** The names that browsers come by: whether they lead to this machine, or to what leads to it. */
export async function checkNames(scope: Scope, views: readonly OutsideView[]): Promise<Finding[]> {
  const { config, url } = scope;
  const { advertisedHost, enabled } = config.turn;
  const hosts = new Set([
    ...(enabled && advertisedHost !== undefined ? [advertisedHost] : []),
    ...(url === undefined ? [] : [hostOf(url)]),
  ]);
  return await Promise.all([...hosts].map((host) => checkName(host, scope, views)));
}

async function checkName(host: string, { own, advertised }: Scope, views: readonly OutsideView[]): Promise<Finding> {
  const addresses = await addressesOf(host);
  if (typeof addresses === 'string') return problem('name', fault('server.name_unknown', addresses, host));
  const seen = views.map(({ mapped }) => canonical(mapped));
  const ours = new Set([...own, ...advertised.map(canonical), ...seen]);
  const foreign = addresses.filter((address) => !ours.has(canonical(address)));
  const list = addresses.join(', ');
  if (foreign.length === 0) return fine('name', `${host} leads here: ${list}.`);
  const failure = fault(
    'server.name_elsewhere',
    `${foreign.join(', ')} is neither of this machine nor advertised`,
    host,
  );
  // A proxy or a NAT in front looks the same, until somebody outside was asked.
  return seen.length > 0 && foreign.length === addresses.length ? problem('name', failure) : warning('name', failure);
}

/** All addresses, or why there are none. */
async function addressesOf(host: string): Promise<string[] | string> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no address';
  }
}
