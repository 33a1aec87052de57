import { type CallDetails, writeRtcstats } from '@earshot/telemetry';

export interface ExportFile {
  readonly name: string;
  readonly type: string;
  readonly body: string;
}

/** A call as a file: all that is known of it, or what its browsers saw in the format of rtcstats dumps. */
export function exportFile(call: CallDetails, format: 'earshot' | 'rtcstats'): ExportFile {
  const { callId } = call.timeline;
  // Ids come from outside: a far end's Session-ID may hold anything.
  const safe = callId.replace(/[^\w.-]/g, '_').slice(0, 64);
  return format === 'earshot'
    ? { name: `earshot-${safe}.json`, type: 'application/json; charset=utf-8', body: JSON.stringify(call) }
    : {
        name: `rtcstats-${safe}.jsonl`,
        type: 'application/x-ndjson; charset=utf-8',
        body: writeRtcstats(call.timeline),
      };
}
