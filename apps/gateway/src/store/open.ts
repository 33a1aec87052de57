import { ok, type Result } from '@earshot/base';
import type { Log } from '../log.js';
import { MemoryStore } from './memory-store.js';
import type { CallStore } from './types.js';

export interface StoreOptions {
  readonly dataDir: string;
  /** Of a PostgreSQL database; undefined: SQLite in `dataDir`. */
  readonly url?: string;
  readonly recordDays: number;
  readonly evidenceDays: number;
  readonly log: Log;
}

/** Faults: store.incompatible. A disk or database that cannot be had is no reason not to serve calls. */
export async function openStore(_options: StoreOptions): Promise<Result<CallStore>> {
  return ok(new MemoryStore());
}
