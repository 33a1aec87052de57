import { stat } from 'node:fs/promises';
import { codeOf } from '../auth/kept-file.js';

/**
 * Notices that files changed, by asking again and again: editors, certbot and Kubernetes replace files and the links
 * that lead to them, which no watch of the system follows. `settled` waits until they hold still from one question to
 * the next, for files that are written in place or one after the other.
 */
export class FileWatch {
  readonly #paths: readonly string[];
  readonly #settled: boolean;
  #seen: string;
  #latest: string;

  private constructor(paths: readonly string[], settled: boolean, now: string) {
    this.#paths = paths;
    this.#settled = settled;
    this.#seen = now;
    this.#latest = now;
  }

  static async start(paths: readonly string[], { settled = false } = {}): Promise<FileWatch> {
    return new FileWatch(paths, settled, await look(paths));
  }

  /** Whether they have changed since the last time that this said so. */
  async hasChanged(): Promise<boolean> {
    const now = await look(this.#paths);
    const holdsStill = now === this.#latest;
    this.#latest = now;
    if (now === this.#seen || (this.#settled && !holdsStill)) return false;
    this.#seen = now;
    return true;
  }
}

const look = async (paths: readonly string[]): Promise<string> => (await Promise.all(paths.map(fingerprint))).join(' ');

/** Another one for another file, another content, or another reason why there is none. */
async function fingerprint(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(',');
  } catch (error) {
    return codeOf(error);
  }
}
