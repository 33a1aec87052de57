import { ok, type Result } from '@earshot/base';
import { type CallStore, openStore } from '../store/index.js';
import type { PartContext } from './context.js';

/** Where records and evidence of calls are kept. It is stopped last: calls that are ended by a stop are kept, too. */
export async function startStore(
  { config, log, stops }: Pick<PartContext, 'config' | 'log' | 'stops'>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Result<CallStore>> {
  const url = environment.DATABASE_URL || config.store.url;
  const opened = await openStore({
    dataDir: config.dataDir,
    ...(url === undefined ? {} : { url }),
    recordDays: config.store.recordDays,
    evidenceDays: config.store.evidenceDays,
    log,
  });
  if (!opened.ok) return opened;
  stops.add(() => opened.value.close());
  return ok(opened.value);
}
