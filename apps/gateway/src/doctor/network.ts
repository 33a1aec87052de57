import { type Fault, fault, formatAddress } from '@earshot/base';
import { readStatusFile } from '../admin/index.js';
import type { Config } from '../config/schema.js';
import { planAddresses } from '../media/address-plan.js';
import { hostsOf } from '../net/listen.js';
import { reachableAddresses, usualSources } from '../net/reachable.js';
import { checkAddresses } from './addresses.js';
import { checkCertificates } from './certificate.js';
import { checkClock } from './clock.js';
import { checkExternal } from './external.js';
import { type Finding, fine, problem, skipped } from './finding.js';
import { get, isHealthy } from './http.js';
import { checkNames } from './names.js';
import { checkFreePorts, checkRanges } from './ports.js';
import { checkRelay } from './relay.js';
import { askedAt, type NamedServer, ownAddresses, type Scope } from './scope.js';
import { checkServices } from './services.js';

const ABSENT = 'media.advertisedAddresses';

export interface NetworkOptions {
  readonly config: Config;
  readonly url?: URL | undefined;
  readonly stun?: NamedServer | undefined;
  readonly ntp?: NamedServer | undefined;
}

/** Everything between this gateway and browsers, as far as it can be seen from this machine. */
export async function checkNetwork({ config, url, stun, ntp }: NetworkOptions): Promise<Finding[]> {
  const found = readStatusFile(config.dataDir);
  const running = found.ok ? found.value : undefined;
  const { hosts, advertisedAddresses } = config.media;
  const plan = planAddresses({ hosts, advertised: advertisedAddresses }, reachableAddresses(await usualSources()));
  const advertised = running?.media.addresses ?? plan.offered.map((address) => address.public);
  const scope: Scope = { config, running, url, stun, ntp, advertised, own: ownAddresses() };

  const isStranger = running === undefined && (await answersElsewhere(scope));
  const [external, ports, certificates, relay, clock] = await Promise.all([
    checkExternal(scope),
    isStranger ? [] : running === undefined ? checkFreePorts(scope) : checkServices(scope),
    checkCertificates(scope),
    checkRelay(scope),
    checkClock(scope),
  ]);
  return [
    isStranger ? describeStranger(config) : describeServer(scope, found.ok ? undefined : found.error),
    ...plan.absent.map((address) => problem('address', fault('server.address_unavailable', address, ABSENT))),
    ...checkAddresses(scope, external.views),
    ...checkRanges(scope),
    ...ports,
    ...certificates,
    ...relay,
    ...external.findings,
    ...(await checkNames(scope, external.views)),
    clock,
  ];
}

/** Whether a server answers that keeps its data elsewhere. */
async function answersElsewhere({ config, own }: Scope): Promise<boolean> {
  const { host, port } = config.http;
  if (port === 0) return false;
  const [address] = askedAt(hostsOf(host), own);
  const answer = await get(new URL(`http://${formatAddress({ address, port })}/healthz`));
  return answer.ok && isHealthy(answer.value);
}

function describeStranger({ dataDir, http }: Config): Finding {
  const failure = fault(
    'server.not_running',
    `one answers on TCP ${http.port}, but not with the data folder ${dataDir}`,
  );
  return problem(
    'server',
    failure,
    'Run the doctor with the configuration, in the folder, and as the user of that server.',
  );
}

function describeServer({ running, config }: Scope, reason: Fault | undefined): Finding {
  if (running !== undefined) return fine('server', `It runs here as process ${running.pid}.`);
  const detail = reason?.detail === 'ENOENT' ? '' : ` (${reason?.detail ?? 'no reason'})`;
  return skipped('server', `It does not run with ${config.dataDir}${detail}; what needs it running is left out.`);
}

/** What is wrong with a configuration that cannot be used at all. */
export const configurationFindings = (faults: readonly Fault[]): Finding[] =>
  faults.map((failure) => problem('configuration', failure));
