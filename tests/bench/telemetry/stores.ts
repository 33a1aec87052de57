import { Worker } from 'node:worker_threads';
import { createLog } from '../../../apps/gateway/dist/log.js';
import { DurableStore } from '../../../apps/gateway/dist/store/durable-store.js';

export type Kind = 'sqlite' | 'postgres';

const ENTRY = new URL('../../../apps/gateway/dist/store/worker-entry.js', import.meta.url);

/** The store as built, as the gateway opens it. `url`: of a PostgreSQL database. */
export async function openStore(dataDir: string, url: string | undefined): Promise<DurableStore> {
  const opened = await DurableStore.open(
    { dataDir, ...(url === undefined ? {} : { url }), recordDays: 3650, evidenceDays: 3650, log: createLog('error') },
    (settings) => new Worker(ENTRY, { workerData: settings, execArgv: [] }),
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  return opened.value;
}

/** Of what took these times. */
export function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
