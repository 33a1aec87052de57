import { createSocket } from 'node:dgram';
import { type Fault, fault, formatAddress, isErrorCode, type Result } from '@earshot/base';
import type { RelayUrl } from '@earshot/turn';
import { z } from 'zod';
import type { RunningServer } from '../admin/index.js';
import { hostsOf } from '../net/listen.js';
import { askServer, openLink } from '../relays/index.js';
import { type Finding, fine, problem } from './finding.js';
import { get, type HttpAnswer, isHealthy } from './http.js';
import { askedAt, type Scope } from './scope.js';

const CONNECT_MS = 5_000;
const SIP_TIMES_MS = [0, 500, 1_500] as const;
const SIP_DEADLINE_MS = 4_000;

/** While the server runs: whether each part answers on this machine. */
export async function checkServices({ running, config, own }: Scope): Promise<Finding[]> {
  if (running === undefined) return [];
  const { http, tls, sip, turn = {}, admin } = running;
  const pages = (listener: Listener): readonly string[] => askedAt(hostsOf(listener.host), own);
  const relays = askedAt(config.turn.hosts, own);
  const checks: Promise<Finding[]>[] = [
    checkHttp('port.http', 'http', pages(http), http.port),
    ...(tls === undefined ? [] : [checkHttp('port.https', 'https', pages(tls), tls.port)]),
    checkSip(askedAt([sip.host], own)[0], sip.port),
    checkMedia(running),
    ...(turn.udp === undefined ? [] : [checkStun('port.turn.udp', 'udp', relays, turn.udp)]),
    ...(turn.tcp === undefined ? [] : [checkStun('port.turn.tcp', 'tcp', relays, turn.tcp)]),
    ...(turn.tls === undefined ? [] : [checkStun('port.turn.tls', 'tls', relays, turn.tls)]),
    ...(admin === undefined ? [] : [checkAdmin(askedAt(hostsOf(admin.host), own)[0], admin.port)]),
  ];
  return (await Promise.all(checks)).flat();
}

interface Listener {
  readonly host: string;
  readonly port: number;
}

/** Which families these addresses are of, where there are both. */
function familiesOf(addresses: readonly string[]): string {
  const ipv6 = addresses.filter((address) => address.includes(':'));
  return ipv6.length === 0 || ipv6.length === addresses.length ? '' : ', by IPv4 and IPv6';
}

async function checkHttp(
  check: string,
  scheme: 'http' | 'https',
  addresses: readonly string[],
  port: number,
): Promise<Finding[]> {
  const urls = addresses.map((address) => new URL(`${scheme}://${formatAddress({ address, port })}/healthz`));
  const answers = await Promise.all(urls.map(async (url) => healthFault(url, await get(url))));
  const failure = answers.find((each) => each !== undefined);
  return [
    failure === undefined ? fine(check, `TCP ${port} answers${familiesOf(addresses)}.`) : problem(check, failure),
  ];
}

function healthFault(url: URL, answer: Result<HttpAnswer>): Fault | undefined {
  if (!answer.ok) return answer.error;
  if (isHealthy(answer.value)) return undefined;
  return fault('server.port_unreachable', `/healthz says ${answer.value.status}`, url.href);
}

/** The admin listener knows how the parts are; what other checks look at themselves is left to them. */
async function checkAdmin(address: string, port: number): Promise<Finding[]> {
  const answer = await get(new URL(`http://${formatAddress({ address, port })}/healthz`));
  if (!answer.ok) return [problem('port.admin', answer.error)];
  const health = healthSchema.safeParse(answer.value.body);
  if (!health.success) {
    return [problem('port.admin', fault('server.port_unreachable', 'something else answers', `TCP ${port}`))];
  }
  const parts = Object.entries(health.data.parts).flatMap(([name, { code }]) => {
    if (code === undefined || !isErrorCode(code) || EXAMINED.has(name)) return [];
    return [problem('server', fault(code, undefined, name))];
  });
  return [fine('port.admin', `TCP ${port} answers.`), ...parts];
}

const EXAMINED: ReadonlySet<string> = new Set(['externalRelays', 'certificate']);

const healthSchema = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  parts: z.record(z.string(), z.object({ code: z.string().optional() })),
});

/** RFC 3261 section 11: whatever is answered proves that SIP is spoken. */
async function checkSip(address: string, port: number): Promise<Finding[]> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const timers: NodeJS.Timeout[] = [];
  const answered = await new Promise<boolean>((resolve) => {
    socket.on('error', () => resolve(false));
    socket.on('message', (message) => {
      if (message.toString('latin1', 0, 8) === 'SIP/2.0 ') resolve(true);
    });
    socket.bind(0, address === '127.0.0.1' || address === '::1' ? address : undefined, () => {
      const request = Buffer.from(optionsRequest(address, port, socket.address().port));
      for (const ms of SIP_TIMES_MS) timers.push(setTimeout(() => socket.send(request, port, address), ms));
    });
    timers.push(setTimeout(() => resolve(false), SIP_DEADLINE_MS));
  });
  for (const timer of timers) clearTimeout(timer);
  socket.close();
  const where = `UDP ${port}`;
  if (answered) return [fine('port.sip', `${where} answers.`)];
  return [problem('port.sip', fault('server.port_unreachable', 'no answer to OPTIONS', where))];
}

function optionsRequest(address: string, port: number, ownPort: number): string {
  const [target, own] = [formatAddress({ address, port }), formatAddress({ address, port: ownPort })];
  const id = `doctor-${ownPort}-${process.pid}`;
  return [
    `OPTIONS sip:${target} SIP/2.0`,
    `Via: SIP/2.0/UDP ${own};branch=z9hG4bK-${id};rport`,
    'Max-Forwards: 70',
    `From: <sip:doctor@${own}>;tag=${id}`,
    `To: <sip:${target}>`,
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}

/** Media answers checks for known credentials alone; the server keeps a pair of them for this. */
async function checkMedia({ media, check }: RunningServer): Promise<Finding[]> {
  const ports = media.ports.join(', ');
  const answers = await Promise.all(
    (check?.local ?? []).map(async ({ address, port }) => {
      const link = await openLink({ scheme: 'stun', host: address, port, transport: 'udp' }, { timeoutMs: CONNECT_MS });
      if (!link.ok) return false;
      const answer = await askServer(link.value, undefined, check);
      link.value.close();
      return answer.ok;
    }),
  );
  if (answers.includes(true)) return [fine('port.media', `UDP ${ports} answers connectivity checks.`)];
  const failure = fault('server.port_unreachable', 'no answer to a connectivity check', `UDP ${ports}`);
  return [problem('port.media', failure)];
}

async function checkStun(
  check: string,
  transport: RelayUrl['transport'],
  addresses: readonly string[],
  port: number,
): Promise<Finding[]> {
  const faults = await Promise.all(addresses.map((host) => stunFault({ scheme: 'turn', host, port, transport })));
  const failure = faults.find((each) => each !== undefined);
  if (failure !== undefined) return [problem(check, failure)];
  return [fine(check, `${transport.toUpperCase()} ${port} answers STUN${familiesOf(addresses)}.`)];
}

async function stunFault(relay: RelayUrl): Promise<Fault | undefined> {
  const { host, port, transport } = relay;
  const where = `${transport.toUpperCase()} ${port} on ${host}`;
  const link = await openLink(relay, { timeoutMs: CONNECT_MS });
  if (!link.ok) return fault('server.port_unreachable', link.error.detail, where);
  const answer = await askServer(link.value);
  link.value.close();
  return answer.ok ? undefined : fault('server.port_unreachable', 'no answer to a STUN request', where);
}
