import { nodeCrypto } from '@earshot/crypto';
import { createTurnCredentials, type TurnCredentials } from '@earshot/turn';
import type { Config } from '../config/schema.js';
import { askServer, openLink, probeRelay, type RelayReport } from '../relays/index.js';
import type { OutsideView } from './addresses.js';
import { type Finding, problem, warning } from './finding.js';
import { describeRelaying, targetOf } from './relay.js';
import type { NamedServer, Scope } from './scope.js';

const EXTERNAL = 'relay';
const PEERS =
  'Let that relay send to the addresses that browsers are told: in coturn, allowed-peer-ip and denied-peer-ip decide.';
const CONNECT_MS = 5_000;

export interface External {
  readonly findings: readonly Finding[];
  readonly views: readonly OutsideView[];
}

type TurnServer = Config['turn']['servers'][number];

/** The operator's own relays, each URL, and the STUN server that was named: they see this machine from outside. */
export async function checkExternal({ config, running, stun }: Scope): Promise<External> {
  const target = targetOf(running);
  const asked = config.turn.servers.flatMap((server) => server.urls.map((url) => ({ url, server })));
  const [seen, ...reports] = await Promise.all([
    stun === undefined ? { findings: [], views: [] } : askStun(stun),
    ...asked.map(({ url, server }) => probeRelay(url, credentialsFor(server, config.turn), { target })),
  ]);
  const views = reports.flatMap(({ url, mapped }) =>
    mapped === undefined ? [] : [{ by: url, mapped: mapped.address }],
  );
  return {
    findings: [...seen.findings, ...reports.flatMap(judge)],
    views: [...seen.views, ...firstOfEach(views)],
  };
}

function judge(report: RelayReport): Finding[] {
  const { url, fault, warnings } = report;
  const warned = warnings.map((failure) => warning(EXTERNAL, { ...failure, where: url }));
  if (fault !== undefined) {
    const peer = fault.where === undefined || fault.where === url ? '' : ` for ${fault.where}`;
    const remedy = fault.code === 'turn.peer_forbidden' ? PEERS : undefined;
    return [problem(EXTERNAL, { ...fault, where: `${url}${peer}` }, remedy), ...warned];
  }
  return [describeRelaying(EXTERNAL, url, report), ...warned];
}

function credentialsFor(
  { secret, username, credential }: TurnServer,
  turn: Config['turn'],
): TurnCredentials | undefined {
  if (secret !== undefined) {
    return createTurnCredentials(nodeCrypto, secret, Date.now() + turn.credentialSeconds * 1000, 'doctor');
  }
  return username === undefined || credential === undefined ? undefined : { username, password: credential };
}

/** Several URLs of one server see the same. */
function firstOfEach(views: readonly OutsideView[]): OutsideView[] {
  return views.filter((view, index) => views.findIndex(({ mapped }) => mapped === view.mapped) === index);
}

async function askStun({ host, port }: NamedServer): Promise<External> {
  const by = `STUN server ${host}:${port}`;
  const link = await openLink({ scheme: 'stun', host, port, transport: 'udp' }, { timeoutMs: CONNECT_MS });
  if (!link.ok) return { findings: [problem('stun', { ...link.error, where: by })], views: [] };
  const answer = await askServer(link.value);
  link.value.close();
  if (!answer.ok) return { findings: [problem('stun', { ...answer.error, where: by })], views: [] };
  return { findings: [], views: [{ by, mapped: answer.value.mapped.address }] };
}
