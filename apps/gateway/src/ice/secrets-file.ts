import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, fault, ok, type Result } from '@earshot/base';
import { codeOf, replaceFile } from '../auth/kept-file.js';
import { parseRing, printRing, type SecretRing } from './secret-ring.js';

/** The relay secrets of an installation, in its data folder. */
export class SecretsFile {
  readonly path: string;

  constructor(dataDir: string) {
    this.path = join(dataDir, 'turn-secrets.json');
  }

  /** Undefined: there is no file. Fault: `turn.secret_unreadable`. */
  read(): Result<SecretRing | undefined> {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      const code = codeOf(error);
      return code === 'ENOENT' ? ok(undefined) : err(fault('turn.secret_unreadable', code, this.path));
    }
    return parseRing(text, this.path);
  }

  /** Fault: `server.data_folder`. */
  write(ring: SecretRing): Result<void> {
    try {
      replaceFile(this.path, printRing(ring));
      return ok(undefined);
    } catch (error) {
      return err(fault('server.data_folder', codeOf(error), this.path));
    }
  }
}
