import type { CallRecord } from '@earshot/telemetry';
import type { Log } from '../log.js';
import type { CallStore } from '../store/types.js';

/** How long anybody waits for a record to be kept before the end of its call is told. */
const PATIENCE_MS = 2_000;

/** Resolves when the record is kept, or was waited for long enough; never rejects. */
export async function keepInTime(store: CallStore, record: CallRecord, log: Log | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  try {
    await Promise.race([store.keep(record), patience]);
  } catch (error) {
    log?.error({ err: error, code: 'internal.bug' }, 'a record could not be kept');
  } finally {
    clearTimeout(timer);
  }
}
