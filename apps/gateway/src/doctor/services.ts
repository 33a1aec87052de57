import { createSocket } from 'node:dgram';
import { fault, formatAddress, isErrorCode, type Result } from '@earshot/base';
import type { RelayUrl } from '@earshot/turn';
import { z } from 'zod';
import type { RunningServer } from '../admin/index.js';
import { askServer, openLink } from '../relays/index.js';
import { type Finding, fine, problem } from './finding.js';
import { get, type HttpAnswer, isHealthy } from './http.js';
import { askedAt, type Scope } from './scope.js';

const CONNECT_MS = 5_000;
const SIP_TIMES_MS = [0, 500, 1_500] as const;
const SIP_DEADLINE_MS = 4_000;

/** While the server runs: whether each part answers on this machine. */
export async function checkServices({ running, config }: Scope): Promise<Finding[]> {
  if (running === undefined) return [];
  const { http, tls, sip, turn = {}, admin } = running;
  const relayAt = askedAt(config.turn.hosts[0] ?? '0.0.0.0');
  const checks: Promise<Finding[]>[] = [
    checkHttp('port.http', 'http', http),
    ...(tls === undefined ? [] : [checkHttp('port.https', 'https', tls)]),
    checkSip(sip),
    checkMedia(running),
    ...(turn.udp === undefined ? [] : [checkStun('port.turn.udp', 'udp', relayAt, turn.udp)]),
    ...(turn.tcp === undefined ? [] : [checkStun('port.turn.tcp', 'tcp', relayAt, turn.tcp)]),
    ...(turn.tls === undefined ? [] : [checkStun('port.turn.tls', 'tls', relayAt, turn.tls)]),
    ...(admin === undefined ? [] : [checkAdmin(admin)]),
  ];
  return (await Promise.all(checks)).flat();
}

interface Listener {
  readonly host: string;
  readonly port: number;
}

async function checkHttp(check: string, scheme: 'http' | 'https', { host, port }: Listener): Promise<Finding[]> {
  const at = formatAddress({ address: askedAt(host), port });
  const answer = await get(new URL(`${scheme}://${at}/healthz`));
  return [judgeHealth(check, `TCP ${port}`, answer)];
}

function judgeHealth(check: string, where: string, answer: Result<HttpAnswer>): Finding {
  if (!answer.ok) return problem(check, answer.error);
  if (isHealthy(answer.value)) return fine(check, `${where} answers.`);
  return problem(check, fault('server.port_unreachable', `/healthz says ${answer.value.status}`, where));
}

/** The admin listener knows how the parts are; what other checks look at themselves is left to them. */
async function checkAdmin({ host, port }: Listener): Promise<Finding[]> {
  const at = formatAddress({ address: askedAt(host), port });
  const answer = await get(new URL(`http://${at}/healthz`));
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
async function checkSip({ host, port }: Listener): Promise<Finding[]> {
  const address = askedAt(host);
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
  host: string,
  port: number,
): Promise<Finding[]> {
  const where = `${transport === 'udp' ? 'UDP' : transport === 'tcp' ? 'TCP' : 'TLS'} ${port}`;
  const link = await openLink({ scheme: 'turn', host, port, transport }, { timeoutMs: CONNECT_MS });
  if (!link.ok) return [problem(check, fault('server.port_unreachable', link.error.detail, where))];
  const answer = await askServer(link.value);
  link.value.close();
  if (answer.ok) return [fine(check, `${where} answers STUN.`)];
  return [problem(check, fault('server.port_unreachable', 'no answer to a STUN request', where))];
}
