import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, fault, ok, type Result } from '@earshot/base';
import { codeOf, createFile, makeDataFolder, replaceFile } from './kept-file.js';

/** Characters. A file with fewer was cut short as it was written, and would be guessed. */
const SHORTEST = 32;

/** A secret that nobody guesses: 256 random bits as text. */
export const makeSecret = (): string => randomBytes(32).toString('base64url');

/** The secret of an installation that configured none: made once, readable by its owner alone. */
export function keptSecret(dataDir: string): Result<string> {
  const file = join(dataDir, 'auth-secret');
  try {
    makeDataFolder(dataDir);
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
  const secret = makeSecret();
  if (createFile(file, `${secret}\n`)) return secret;
  // Another process was faster, or an earlier one wrote half of it.
  const other = read(file);
  if (other !== undefined) return other;
  replaceFile(file, `${secret}\n`);
  return secret;
}
