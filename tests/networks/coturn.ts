import { join } from 'node:path';
import { programPath } from '../harness/peers.js';
import { type Program, temporaryFolder, until } from '../harness/process.js';
import { COTURN } from './addresses.js';
import { PORTS } from './filters.js';
import type { Namespace } from './namespace.js';

/** A relay that we did not write, fed by the TURN REST scheme: its secret is the gateway's as well. */
export async function startCoturn(namespace: Namespace, secret: string): Promise<{ stop(): Promise<void> }> {
  const folder = temporaryFolder('coturn');
  const program: Program = namespace.start(programPath('turnserver'), [
    '-n',
    '--use-auth-secret',
    `--static-auth-secret=${secret}`,
    '--realm=turn.earshot.test',
    `--listening-ip=${COTURN.v4}`,
    `--relay-ip=${COTURN.v4}`,
    `--listening-port=${PORTS.turn}`,
    '--no-tls',
    '--no-dtls',
    '--no-cli',
    '--fingerprint',
    '--log-file=stdout',
    '--simple-log',
    '--verbose',
    `--pidfile=${join(folder.path, 'pid')}`,
    `--userdb=${join(folder.path, 'users')}`,
  ]);
  const stop = async (): Promise<void> => {
    await program.stop();
    folder.remove();
  };
  try {
    // By TCP it listens first.
    await until('coturn', () => (/UDP listener opened on ?: ?198/i.test(program.output()) ? true : undefined));
  } catch (error) {
    await stop();
    throw new Error(`coturn did not start: ${program.output()}`, { cause: error });
  }
  return { stop };
}
