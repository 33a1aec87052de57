import type { Result } from '@earshot/base';
import { DurableStore, type StoreOptions } from './durable-store.js';
import type { CallStore } from './types.js';

/**
 * Opens what calls are kept in. Faults: store.incompatible; store.unwritable where another process uses `dataDir`. A disk
 * or database that cannot be had is no reason not to serve calls: what is kept meanwhile waits for it.
 */
export const openStore = (options: StoreOptions): Promise<Result<CallStore>> => DurableStore.open(options);
