import { err, fault, isErrorCode, ok, type Result } from '@earshot/base';
import { readStatusFile } from '../admin/status-file.js';
import { adminUrl } from '../admin/url.js';
import type { Config } from '../config/schema.js';

const TIMEOUT_MS = 5_000;

/**
 * Asks the running server's admin listener. The type is what this version answers with. Faults: server.not_running, and
 * what the server answers.
 */
export async function askAdmin<Answer>(config: Config, path: string): Promise<Result<Answer>> {
  const found = findAdmin(config);
  if (!found.ok) return found;
  const url = `${found.value}${path}`;
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { cause, name } = error as Error & { cause?: { code?: string } };
    return err(fault('server.not_running', cause?.code ?? name, found.value));
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return ok(body as Answer);
  const code = (body as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string' && isErrorCode(code)) return err(fault(code));
  return err(fault('server.not_running', `${response.status} from something else`, found.value));
}

/** Where a server with this configuration really listens; a fixed port needs no file to be found. */
function findAdmin({ admin, dataDir }: Config): Result<string> {
  const running = readStatusFile(dataDir);
  if (running.ok && running.value.admin !== undefined) return ok(adminUrl(running.value.admin));
  if (!admin.enabled) return err(fault('server.not_running', 'admin.enabled is false'));
  if (admin.port !== 0) return ok(adminUrl(admin));
  return running.ok ? err(fault('server.not_running', 'it has no admin listener')) : running;
}
