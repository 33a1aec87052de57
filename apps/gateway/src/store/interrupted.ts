import type { Millis } from '@earshot/base';
import type { CallRecord } from '@earshot/telemetry';

/** The record of a call whose server died. `lastAt`: the last that is known of that server. */
export function interrupted(begun: CallRecord, lastAt: Millis): CallRecord {
  return {
    ...begun,
    endedAt: Math.max(begun.startedAt, lastAt),
    result: 'failed',
    by: 'gateway',
    code: 'server.interrupted',
    cause: { code: 'server.interrupted', layer: 'configuration', side: 'gateway', weight: 'fault', confidence: 1 },
    withoutAudio: begun.answeredAt !== undefined && begun.connectedAt === undefined,
    provisional: false,
  };
}
