import type { CallDetails } from '@earshot/telemetry';

export interface ExportFile {
  readonly name: string;
  readonly type: string;
  readonly body: string;
}

/** A call as a file that `earshot diagnose` and, where asked for, tools for rtcstats dumps read. */
export function exportFile(call: CallDetails, format: 'earshot' | 'rtcstats'): ExportFile {
  const { callId } = call.timeline;
  // Ids come from outside: a far end's Session-ID may hold anything.
  const safe = callId.replace(/[^\w.-]/g, '_').slice(0, 64);
  const name = `${format}-${safe}.json`;
  return { name, type: 'application/json; charset=utf-8', body: JSON.stringify(call) };
}
