import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { CertificateFiles } from './certificates.js';
import { programPath } from './peers.js';
import { freePort, type Program, startProgram, temporaryFolder, until } from './process.js';

export interface CoturnOptions {
  /** The shared secret of the TURN REST scheme (use-auth-secret). */
  readonly secret: string;
  /** It listens and relays there; loopback unless told. */
  readonly address?: string;
  readonly realm?: string;
  /** With it, it speaks TLS on a port of its own. */
  readonly certificate?: CertificateFiles;
  /** Further options of turnserver, such as `--stale-nonce=1`. */
  readonly args?: readonly string[];
  /** It writes nothing, neither to us nor to a file. */
  readonly quiet?: boolean;
  /** The command line that runs it as given: on one core, for example. */
  readonly wrap?: (command: string, args: readonly string[]) => readonly [string, readonly string[]];
}

export interface Coturn {
  readonly address: string;
  /** UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  readonly pid: number;
  /** What it wrote so far. */
  output(): string;
  stop(): Promise<void>;
}

const canConnect = (port: number, address: string): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });

/** A Binding request without attributes (RFC 8489 section 5). */
const BINDING = Buffer.from('000100002112a44265617273686f742d74657374', 'hex');
const ANSWER_MS = 100;

/** It listens by TCP first; by UDP a moment later, which a busy machine makes long. */
const answersByUdp = (port: number, address: string): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (answered: true | undefined): void => {
      clearTimeout(timer);
      socket.removeAllListeners('error').on('error', () => {});
      socket.close(() => resolve(answered));
    };
    const timer = setTimeout(end, ANSWER_MS, undefined);
    socket.once('error', () => end(undefined));
    socket.once('message', () => end(true));
    socket.connect(port, address, () => socket.send(BINDING));
  });

/** Runs Debian's coturn with everything of its own: ports, database, log. It relays to loopback too. */
export async function startCoturn({
  secret,
  address = '127.0.0.1',
  realm = 'coturn.test',
  certificate,
  args = [],
  quiet = false,
  wrap = (command, own) => [command, own],
}: CoturnOptions): Promise<Coturn> {
  const folder = temporaryFolder('coturn');
  const port = await freePort(address);
  const tlsPort = await freePort(address);
  const tls = certificate === undefined ? ['--no-tls'] : ['--cert', certificate.certificate, '--pkey', certificate.key];
  const [command, own] = wrap(programPath('turnserver'), [
    '-n',
    ...['--listening-ip', address, '--relay-ip', address],
    ...['--listening-port', String(port), '--tls-listening-port', String(tlsPort)],
    ...['--use-auth-secret', '--static-auth-secret', secret, '--realm', realm],
    ...['--no-cli', '--no-dtls', '--allow-loopback-peers', ...tls],
    ...(quiet ? ['--log-file', '/dev/null', '--no-stdout-log'] : ['--log-file', 'stdout', '--verbose']),
    ...['--userdb', join(folder.path, 'turndb'), '--pidfile', join(folder.path, 'pid')],
    ...args,
  ]);
  const program: Program = startProgram(command, own);
  const stop = async (): Promise<void> => {
    await program.stop();
    folder.remove();
  };
  try {
    await until('coturn', () => {
      if (program.child.exitCode !== null) throw new Error('it ended');
      return canConnect(certificate === undefined ? port : tlsPort, address);
    });
    await until('coturn by UDP', () => answersByUdp(port, address));
  } catch (error) {
    await stop();
    throw new Error(`coturn did not start: ${program.output()}`, { cause: error });
  }
  return { address, port, tlsPort, pid: program.child.pid ?? 0, output: () => program.output(), stop };
}
