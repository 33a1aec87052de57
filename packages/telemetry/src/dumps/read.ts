import { err, fault, ok, type Result } from '@earshot/base';
import type { CallTimeline } from '../timeline.js';
import { readInternals } from './internals.js';
import { readOwn } from './own.js';
import { isRtcstats, readRtcstats } from './rtcstats.js';
import { timelinesOf } from './timeline-of.js';
import { LIMITS } from './trace.js';
import { isFields, parseJson } from './values.js';

export type DumpFormat = 'earshot' | 'webrtc-internals' | 'rtcstats';

export interface Dump {
  readonly format: DumpFormat;
  /** At least one; in the order of the file. */
  readonly calls: readonly CallTimeline[];
}

/**
 * Reads a text file of any format that is known: our own export, a dump of chrome://webrtc-internals, a dump of
 * rtcstats. Its failures are `dump.unknown_format`, `dump.truncated` and `dump.no_call`.
 */
export function readDump(text: string): Result<Dump> {
  if (text.length > LIMITS.text) return err(fault('dump.unknown_format', `larger than ${LIMITS.text} characters`));
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (isRtcstats(content)) return withCalls('rtcstats', timelinesOf(readRtcstats(content)));
  const value = parseJson(content);
  if (value === undefined) return err(notJson(content));
  const own = readOwn(value);
  if (own !== undefined) return own.ok ? withCalls('earshot', own.value) : own;
  if (isFields(value) && isFields(value.PeerConnections)) {
    return withCalls('webrtc-internals', timelinesOf(readInternals(value)));
  }
  return err(fault('dump.unknown_format', 'JSON of another kind'));
}

const withCalls = (format: DumpFormat, calls: readonly CallTimeline[]): Result<Dump> =>
  calls.length === 0 ? err(fault('dump.no_call', undefined, format)) : ok({ format, calls });

/** JSON that begins like something we know, and does not end, was cut off. */
function notJson(content: string) {
  const known = /"(PeerConnections|UserAgent|getUserMedia|timeline|entries|callId)"/.test(content.slice(0, 10_000));
  return content.trimStart().startsWith('{') && known
    ? fault('dump.truncated', 'the JSON does not end')
    : fault('dump.unknown_format');
}
