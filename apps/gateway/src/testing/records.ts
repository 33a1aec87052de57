import { createLog, type Log } from '../log.js';

export interface LogRecord {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A log that keeps its records, and its text as it was written. */
export function recordingLog(): { readonly log: Log; readonly records: LogRecord[]; readonly text: () => string } {
  const lines: string[] = [];
  const records: LogRecord[] = [];
  const log = createLog('trace', {
    write(line) {
      lines.push(line);
      records.push(JSON.parse(line));
    },
  });
  return { log, records, text: () => lines.join('') };
}
