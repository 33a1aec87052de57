import { join } from 'node:path';
import { err, type Fault, fault, ok, type Result } from '@earshot/base';
import { now } from '../../clock.js';
import type { Handlers } from '../thread.js';
import { JournalFiles, type Recovery } from './files.js';
import type { JournalItem } from './line.js';
import { lockFolder } from './lock.js';
import type { JournalPlace } from './segments.js';

export interface Appended {
  readonly place: JournalPlace;
  /** Of the last line of them. */
  readonly number: number;
}

export type JournalOperations = {
  /** Once, first. Fault: store.unwritable, and then it may be asked again. `locked`: another process has this folder. */
  open: readonly [input: undefined, output: Recovery | 'locked'];
  append: readonly [input: readonly JournalItem[], output: Appended];
  /** `isDone`: all of it is in the database. */
  close: readonly [input: { readonly isDone: boolean }, output: undefined];
};

/** Why the folder cannot be written, as the system calls it. */
export const unwritable = (error: unknown): Fault =>
  fault('store.unwritable', String((error as { readonly code?: unknown }).code ?? 'unknown'), 'dataDir');

export const journalFolder = (dataDir: string): string => join(dataDir, 'journal');

/** What the thread of the journal answers. `restarted`: an earlier one of this process broke down, and had the lock. */
export function journalService(dataDir: string, restarted: boolean): Handlers<JournalOperations> {
  const files = new JournalFiles(journalFolder(dataDir), now);
  let unlock: (() => void) | undefined;
  return {
    open: (): Result<Recovery | 'locked'> => {
      try {
        files.prepare();
        if (!restarted) unlock ??= lockFolder(journalFolder(dataDir));
        if (!restarted && unlock === undefined) return ok('locked');
        return ok(files.open(restarted));
      } catch (error) {
        return err(unwritable(error));
      }
    },
    append: (items): Result<Appended> => {
      try {
        const place = files.append(items);
        return ok({ place, number: files.lastNumber });
      } catch (error) {
        return err(unwritable(error));
      }
    },
    close: ({ isDone }): Result<undefined> => {
      try {
        files.close(isDone);
        return ok(undefined);
      } catch (error) {
        return err(unwritable(error));
      } finally {
        unlock?.();
      }
    },
  };
}
