import { fault, formatAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { createTurnCredentials, type TurnCredentials } from '@earshot/turn';
import type { RunningServer } from '../admin/index.js';
import { SecretsFile } from '../ice/secrets-file.js';
import { hostsOf } from '../net/listen.js';
import { type ProbeOptions, probeRelay, type RelayReport, type RelayTarget } from '../relays/index.js';
import { type Finding, fine, problem, skipped, warning } from './finding.js';
import { askedAt, hostOf, portOf, type Scope } from './scope.js';

/** Ways to the embedded relay, with what each is for. */
interface Way {
  readonly check: string;
  readonly url: string;
  /** As in the settings, for people. */
  readonly what: string;
}

/** What a relay has to lead to: the leg that the running server keeps for this. */
export const targetOf = (running: RunningServer | undefined): RelayTarget | undefined =>
  running?.check === undefined
    ? undefined
    : { addresses: running.check.addresses, ice: { ufrag: running.check.ufrag, pwd: running.check.pwd } };

/** The embedded relay by every transport, with credentials made of the kept secret; then by the name browsers are given. */
export async function checkRelay(scope: Scope): Promise<Finding[]> {
  const { config, running } = scope;
  if (!config.turn.enabled) return [skipped('turn', 'The embedded relay is off (turn.enabled).')];
  const ring = new SecretsFile(config.dataDir).read();
  if (!ring.ok) return [problem('turn.secret', ring.error)];
  if (running === undefined) return [skipped('turn', 'The relay can be tried only while the server runs.')];
  if (ring.value === undefined) return [problem('turn.secret', fault('turn.secret_unreadable', 'there is none'))];
  const [{ secret }] = ring.value;
  const expiresAt = Date.now() + config.turn.credentialSeconds * 1000;
  const credentials = createTurnCredentials(nodeCrypto, secret, expiresAt, 'doctor');
  const target = targetOf(running);
  const inside = localWays(scope, running);
  if (inside.length === 0) return [problem('turn', fault('server.port_unreachable', 'the relay listens nowhere'))];
  const found = await Promise.all([
    ...inside.map((way) => tryWay(way, credentials, { target, ignoreCertificate: true })),
    ...namedWays(scope).map((way) => tryName(way, credentials, target, scope.own)),
  ]);
  return found;
}

function localWays({ config, own }: Scope, { turn = {}, tls }: RunningServer): Way[] {
  const [host] = askedAt(config.turn.hosts, own);
  const at = (port: number, address = host): string => formatAddress({ address, port });
  const ways: (Way | undefined)[] = [
    turn.udp === undefined
      ? undefined
      : { check: 'turn.udp', url: `turn:${at(turn.udp)}?transport=udp`, what: `UDP ${turn.udp}` },
    turn.tcp === undefined
      ? undefined
      : { check: 'turn.tcp', url: `turn:${at(turn.tcp)}?transport=tcp`, what: `TCP ${turn.tcp}` },
    turn.tls === undefined
      ? undefined
      : { check: 'turn.tls', url: `turns:${at(turn.tls)}?transport=tcp`, what: `TLS ${turn.tls}` },
    tls === undefined || Object.keys(turn).length === 0
      ? undefined
      : {
          check: 'turn.https',
          url: `turns:${at(tls.port, askedAt(hostsOf(tls.host), own)[0])}?transport=tcp`,
          what: `TLS ${tls.port}, which it shares with HTTPS,`,
        },
  ];
  return ways.filter((way) => way !== undefined);
}

async function tryWay(
  { check, url, what }: Way,
  credentials: TurnCredentials,
  options: ProbeOptions,
): Promise<Finding> {
  const report = await probeRelay(url, credentials, options);
  return report.fault === undefined
    ? describeRelaying(check, what, report)
    : problem(check, { ...report.fault, where: what });
}

/** The proof is an answer from this gateway's own media; without it an allocation is what can be shown. */
export function describeRelaying(check: string, what: string, { reached, roundTripMs = 0 }: RelayReport): Finding {
  const took = `${Math.max(1, Math.round(roundTripMs))} ms`;
  if (reached === undefined) {
    return fine(check, `${what} gives an allocation in ${took}. Whether it leads to this gateway was not tried.`);
  }
  return fine(check, `${what} relays to ${formatAddress(reached)} and back; the allocation took ${took}.`);
}

/** As browsers are told: by turn.advertisedHost, or the host of the page. */
function namedWays({ config, running, url }: Scope): Way[] {
  const { advertisedHost } = config.turn;
  const host = advertisedHost ?? (url === undefined ? undefined : hostOf(url));
  if (host === undefined || running?.turn === undefined) return [];
  const { udp, tcp } = running.turn;
  const at = (port: number): string => formatAddress({ address: host, port });
  // The port of the page is where browsers look for TURN over TLS.
  const shared = url?.protocol === 'https:' ? portOf(url) : (config.http.tls?.advertisedPort ?? running.tls?.port);
  const ways: (Way | undefined)[] = [
    udp === undefined
      ? undefined
      : { check: 'turn.name.udp', url: `turn:${at(udp)}?transport=udp`, what: `UDP ${at(udp)}` },
    tcp === undefined
      ? undefined
      : { check: 'turn.name.tcp', url: `turn:${at(tcp)}?transport=tcp`, what: `TCP ${at(tcp)}` },
    shared === undefined
      ? undefined
      : { check: 'turn.name.https', url: `turns:${at(shared)}?transport=tcp`, what: `TLS ${at(shared)}` },
  ];
  return ways.filter((way) => way !== undefined);
}

const HAIRPIN =
  'If a NAT is in front that leads nobody back inside, this is to be expected here: try it from another network. Else check that the firewall lets the port through.';
const PROXY =
  'Something that speaks HTTP alone is in front of that port; let it pass TCP on, or give TURN over TLS a port of its own.';

async function tryName(
  { check, url, what }: Way,
  credentials: TurnCredentials,
  target: RelayTarget | undefined,
  own: ReadonlySet<string>,
): Promise<Finding> {
  const report = await probeRelay(url, credentials, { target });
  const { fault: failure, server } = report;
  if (failure === undefined) {
    const [first] = report.warnings;
    return first === undefined ? describeRelaying(check, what, report) : warning(check, first);
  }
  const found = { ...failure, where: what };
  if (failure.code === 'turn.bad_request') return problem(check, found, PROXY);
  const isUnanswered = failure.code === 'turn.unreachable' || failure.code === 'turn.silent';
  const isElsewhere = server !== undefined && !own.has(server.address);
  return isUnanswered && isElsewhere ? warning(check, found, HAIRPIN) : problem(check, found);
}
