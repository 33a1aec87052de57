import { ok, type Result } from '@earshot/base';
import { type CallStore, openStore } from '../store/index.js';
import type { PartContext } from './context.js';

/** Where records and evidence of calls are kept. It is stopped last: calls that are ended by a stop are kept, too. */
export async function startStore({
  config,
  log,
  stops,
}: Pick<PartContext, 'config' | 'log' | 'stops'>): Promise<Result<CallStore>> {
  const opened = await openStore({ dataDir: config.dataDir, ...config.store, log });
  if (!opened.ok) return opened;
  stops.add(() => opened.value.close());
  return ok(opened.value);
}
