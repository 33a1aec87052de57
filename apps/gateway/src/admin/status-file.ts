import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, fault, ok, type Result } from '@earshot/base';
import { z } from 'zod';

const hostPort = z.strictObject({ host: z.string(), port: z.number() });
const addressPort = z.strictObject({ address: z.string(), port: z.number() });

const schema = z.object({
  version: z.literal(1),
  pid: z.int(),
  /** Unix time in ms. */
  startedAt: z.number(),
  /** As in the `ready` record: where each part really listens. Parts that are off are left out. */
  http: hostPort,
  tls: hostPort.exactOptional(),
  sip: hostPort,
  /** UDP ports of the media workers. */
  media: z.strictObject({ addresses: z.array(z.string()), ports: z.array(z.number()) }),
  turn: z
    .strictObject({
      udp: z.number().exactOptional(),
      tcp: z.number().exactOptional(),
      tls: z.number().exactOptional(),
    })
    .exactOptional(),
  admin: hostPort.exactOptional(),
  /** The leg that answers connectivity checks for these credentials, at these addresses: as browsers are told, and bound. */
  check: z
    .strictObject({
      ufrag: z.string(),
      pwd: z.string(),
      addresses: z.array(addressPort),
      local: z.array(addressPort),
    })
    .exactOptional(),
});

/** What a running server is and where it listens, for commands that run beside it. */
export type RunningServer = z.infer<typeof schema>;

const pathIn = (dataDir: string): string => join(dataDir, 'running.json');

/** Says that this server runs. A faulty folder is named, and no reason to stop a server that runs. */
export function writeStatusFile(dataDir: string, running: RunningServer): Result<void> {
  const path = pathIn(dataDir);
  try {
    mkdirSync(dataDir, { recursive: true });
    // Written aside and renamed: whoever reads sees all of it, or what was before.
    writeFileSync(`${path}.new`, `${JSON.stringify(running, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return ok(undefined);
  } catch (error) {
    return err(fault('server.data_folder', (error as NodeJS.ErrnoException).code, path));
  }
}

/** Takes the file away, unless another server has put its own there meanwhile. */
export function removeStatusFile(dataDir: string, pid = process.pid): void {
  const found = parse(dataDir);
  if (found.ok && found.value.pid === pid) rmSync(pathIn(dataDir), { force: true });
}

/** The server that runs with this data folder. Fault: server.not_running. */
export function readStatusFile(dataDir: string): Result<RunningServer> {
  const found = parse(dataDir);
  if (!found.ok || isAlive(found.value.pid)) return found;
  return err(fault('server.not_running', `process ${found.value.pid} is gone`, pathIn(dataDir)));
}

function parse(dataDir: string): Result<RunningServer> {
  const path = pathIn(dataDir);
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? ok(parsed.data) : err(fault('server.not_running', 'the file is of another version', path));
  } catch (error) {
    return err(fault('server.not_running', (error as NodeJS.ErrnoException).code ?? 'not JSON', path));
  }
}

/** Whether a process of that id exists; one of another user does, too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
