import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, fault, ok, type Result } from '@earshot/base';

/** Characters. A file with fewer was cut short as it was written, and would be guessed. */
const SHORTEST = 32;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unusable';

/** The secret of an installation that configured none: made once, readable by its owner alone. */
export function keptSecret(dataDir: string): Result<string> {
  const file = join(dataDir, 'auth-secret');
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return ok(read(file) ?? make(file));
  } catch (error) {
    return err(fault('server.data_folder', codeOf(error), dataDir));
  }
}

function read(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text.length < SHORTEST ? undefined : text;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function make(file: string): string {
  const secret = randomBytes(32).toString('base64url');
  try {
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    return secret;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  // Another process was faster, or an earlier one wrote half of it.
  const other = read(file);
  if (other !== undefined) return other;
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}
