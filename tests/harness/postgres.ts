import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { programPath } from './peers.js';
import { freePort, type Program, startProgram, temporaryFolder, until } from './process.js';

export interface Postgres {
  /** Of a new and empty database. */
  database(): Promise<string>;
  /** What psql prints of it. */
  query(url: string, text: string): string;
  /** As a loss of power would. It keeps its port and its data. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const USER = 'earshot';
const HOST = '127.0.0.1';

/** PostgreSQL refuses to run as root. Of the package's own user if there is one, else of one that owns nothing. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (user: string, kind: '-u' | '-g'): number =>
    Number(execFileSync('id', [kind, user], { encoding: 'utf8' }));
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: idOf(user, '-u'), gid: idOf(user, '-g') };
    } catch {
      // There is no such user here.
    }
  }
  throw new Error('there is no user that PostgreSQL could run as');
}

const canConnect = (port: number): Promise<true | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });

/** Runs Debian's PostgreSQL with everything of its own. `durable`: it waits for the disk, as it does in earnest. */
export async function startPostgres({ durable = false } = {}): Promise<Postgres> {
  const folder = temporaryFolder('postgres');
  const owner = unprivileged();
  if (owner !== undefined) chownSync(folder.path, owner.uid, owner.gid);
  const data = join(folder.path, 'data');
  const port = await freePort(HOST);
  let program: Program | undefined;
  let databases = 0;
  // It knows its user by name, and may not look into the folder that this process was started in.
  const options = { cwd: folder.path, ...owner };

  async function start(): Promise<void> {
    program = startProgram(
      programPath('postgres'),
      [...['-D', data, '-k', folder.path, '-h', HOST, '-p', String(port)], ...(durable ? [] : ['-c', 'fsync=off'])],
      options,
    );
    const { child, output } = program;
    await until('PostgreSQL', async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended: ${output()}`);
      return output().includes('ready to accept connections') ? canConnect(port) : undefined;
    });
  }

  async function kill(): Promise<void> {
    const { child } = program ?? {};
    // Its own processes end as soon as the first one is gone.
    child?.kill('SIGQUIT');
    await program?.stop();
    program = undefined;
  }

  async function stop(): Promise<void> {
    await kill();
    folder.remove();
  }

  try {
    execFileSync(
      programPath('initdb'),
      ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
      { ...options, stdio: 'pipe' },
    );
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async database() {
      databases += 1;
      const name = `earshot_${databases}`;
      const args = ['-h', HOST, '-p', String(port), '-U', USER, name];
      execFileSync(programPath('createdb'), args, { ...options, stdio: 'pipe' });
      return `postgres://${USER}@${HOST}:${port}/${name}`;
    },
    query: (url, text) =>
      execFileSync(programPath('psql'), ['-X', '-A', '-t', '-c', text, url], { ...options, encoding: 'utf8' }).trim(),
    kill,
    start,
    stop,
  };
}
