import { join } from 'node:path';
import Database from 'libsql';

/**
 * Keeps the folder for this process: two of them would end each other's calls. The lock is the operating system's, taken
 * by SQLite, since Node has none: it is gone with its process, however that ends. Undefined: another one has it.
 */
export function lockFolder(folder: string): (() => void) | undefined {
  const database = new Database(join(folder, 'lock'));
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { readonly code?: unknown }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
  return () => database.close();
}
