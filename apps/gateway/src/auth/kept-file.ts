import {
  closeSync,
  fchownSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** The code of a failed system call, for a fault's details. */
export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unusable';

export function makeDataFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Replaces a file, readable by its owner alone: whoever reads it sees all of this, or what was before. Throws as fs does. */
export function replaceFile(path: string, text: string): void {
  throughTemporary(path, text, (temporary) => renameSync(temporary, path));
}

/** Makes a file that is not there yet, as `replaceFile`. False: there is one. */
export function createFile(path: string, text: string): boolean {
  return throughTemporary(path, text, (temporary) => {
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
    return true;
  });
}

function throughTemporary<T>(path: string, text: string, finish: (temporary: string) => T): T {
  makeDataFolder(dirname(path));
  const temporary = `${path}.${process.pid}.new`;
  // One that an earlier process with this id left behind may have other permissions.
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  try {
    giveToOwner(file, dirname(path));
    writeFileSync(file, text);
    // Renamed before its content is on the disk, it could be empty after a crash.
    fsyncSync(file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return finish(temporary);
}

/** What root writes by a command, the server must be able to read, which owns the folder. */
function giveToOwner(file: number, folder: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  fchownSync(file, uid, gid);
}
