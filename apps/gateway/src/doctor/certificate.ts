import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { type Fault, fault } from '@earshot/base';
import { readCertificate, type TlsCertificate } from '../http/tls-certificate.js';
import { hostsOf } from '../net/listen.js';
import { judgeName, judgeTrust, judgeValidity } from '../relays/index.js';
import { type Finding, fine, problem, skipped, warning } from './finding.js';
import { askedAt, hostOf, portOf, type Scope } from './scope.js';

const HANDSHAKE_MS = 5_000;
const TRUST_REMEDY =
  'Put the whole chain into the certificate file, or use a public authority. For a private one that all browsers know, run the doctor with NODE_EXTRA_CA_CERTS.';

/** The files of `http.tls`, then what is presented on the port and at --url. */
export async function checkCertificates(scope: Scope): Promise<Finding[]> {
  const { tls } = scope.config.http;
  if (tls === undefined) return await checkPresented(scope, undefined);
  const read = await readCertificate(tls);
  if (!read.ok) return [problem('certificate.file', read.error), ...(await checkPresented(scope, undefined))];
  const { certificate } = read.value;
  const leaf = new X509Certificate(certificate);
  return [
    fine('certificate.file', `${tls.certificate} and its key can be used.`),
    judgeTime(leaf),
    ...judgeNames(leaf, namesOf(scope)),
    judgeChain(await chainFault(read.value)),
    ...(await checkPresented(scope, leaf)),
  ];
}

function judgeTime(leaf: X509Certificate): Finding {
  const failure = judgeValidity(leaf, Date.now());
  if (failure === undefined) return fine('certificate.time', `Valid until ${leaf.validTo}.`);
  return failure.code === 'server.certificate_expiring'
    ? warning('certificate.time', failure)
    : problem('certificate.time', failure);
}

/** The names that browsers come by: of the page, and of the relay. */
function namesOf({ config, url }: Scope): string[] {
  const names = [
    ...(url?.protocol === 'https:' ? [hostOf(url)] : []),
    ...(config.turn.enabled && config.turn.advertisedHost !== undefined ? [config.turn.advertisedHost] : []),
  ];
  return [...new Set(names)];
}

function judgeNames(leaf: X509Certificate, names: readonly string[]): Finding[] {
  const covers = leaf.subjectAltName ?? 'no name';
  if (names.length === 0)
    return [skipped('certificate.name', `It is for ${covers}; name the page with --url to compare.`)];
  return names.map((name) => {
    const failure = judgeName(leaf, name);
    return failure === undefined
      ? fine('certificate.name', `It is for ${name}.`)
      : problem('certificate.name', failure);
  });
}

function judgeChain(failure: Fault | undefined): Finding {
  if (failure === undefined) return fine('certificate.chain', 'Its chain leads to an authority that is known here.');
  return problem('certificate.chain', failure, TRUST_REMEDY);
}

/** What a client makes of the chain in the file: a handshake with oneself tells. */
async function chainFault({ certificate, key }: TlsCertificate): Promise<Fault | undefined> {
  const server = createServer({ cert: certificate, key });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const seen = await handshake('127.0.0.1', port, undefined);
  server.close();
  return typeof seen === 'string' ? fault('server.certificate_untrusted', seen) : judgeTrust(seen.error);
}

interface Presented {
  readonly certificate: X509Certificate;
  /** What OpenSSL has against it. */
  readonly error: string | undefined;
}

/** The certificate presented there, or why there was none. */
function handshake(host: string, port: number, servername: string | undefined): Promise<Presented | string> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({ host, port, servername: servername ?? '', rejectUnauthorized: false });
    const overdue = setTimeout(() => settle('no TLS handshake'), HANDSHAKE_MS);
    const settle = (outcome: Presented | string): void => {
      clearTimeout(overdue);
      socket.destroy();
      resolve(outcome);
    };
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    socket.on('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      // Node's types call it an Error; it is the text of the code, or null.
      const error = socket.authorizationError as unknown as string | null;
      settle(certificate === undefined ? 'no certificate' : { certificate, error: error ?? undefined });
    });
  });
}

async function checkPresented(
  { config, running, url, own }: Scope,
  leaf: X509Certificate | undefined,
): Promise<Finding[]> {
  const ports: [string, string, number][] = [];
  if (running?.tls !== undefined) {
    ports.push(['http.tls.port', askedAt(hostsOf(running.tls.host), own)[0], running.tls.port]);
  }
  if (running?.turn?.tls !== undefined) {
    ports.push(['turn.tlsPort', askedAt(config.turn.hosts, own)[0], running.turn.tls]);
  }
  const served = leaf === undefined ? [] : ports.map(([what, host, port]) => compareServed(what, host, port, leaf));
  const named = url?.protocol === 'https:' ? [judgeUrl(url, leaf)] : [];
  return (await Promise.all([...served, ...named])).flat();
}

async function compareServed(what: string, host: string, port: number, leaf: X509Certificate): Promise<Finding[]> {
  const seen = await handshake(host, port, undefined);
  const where = `${what} ${port}`;
  if (typeof seen === 'string') return [problem('certificate.served', fault('server.port_unreachable', seen, where))];
  if (seen.certificate.fingerprint256 === leaf.fingerprint256) {
    return [fine('certificate.served', `${where} presents the certificate of the file.`)];
  }
  const detail = `valid until ${seen.certificate.validTo}, for ${seen.certificate.subjectAltName ?? 'no name'}`;
  return [problem('certificate.served', fault('server.certificate_differs', detail, where))];
}

/** What browsers meet at the URL, whoever answers there. */
async function judgeUrl(url: URL, leaf: X509Certificate | undefined): Promise<Finding[]> {
  const host = hostOf(url);
  const seen = await handshake(host, portOf(url), host);
  if (typeof seen === 'string') return [problem('certificate.url', fault('server.port_unreachable', seen, url.host))];
  const { certificate, error } = seen;
  const faults = [judgeValidity(certificate, Date.now()), judgeName(certificate, host), judgeTrust(error)];
  const found = faults.filter((failure) => failure !== undefined);
  const findings = found.map((failure) =>
    failure.code === 'server.certificate_expiring'
      ? warning('certificate.url', failure)
      : problem('certificate.url', failure, failure.code === 'server.certificate_untrusted' ? TRUST_REMEDY : undefined),
  );
  if (findings.length > 0) return findings;
  const whose = leaf?.fingerprint256 === certificate.fingerprint256 ? '' : ', by whoever answers there';
  return [fine('certificate.url', `${url.host} presents a certificate that browsers accept${whose}.`)];
}
