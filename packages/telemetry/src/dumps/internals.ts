import type { StatsObject } from '../stats.js';
import { LIMITS, type PageTrace, type PeerTrace, type TraceEvent, type TraceReport } from './trace.js';
import { type Fields, fieldsOf, isFields, listOf, parseJson, textOf, timeOf } from './values.js';

/**
 * Reads what chrome://webrtc-internals downloads, as parsed JSON: `PeerConnections` with `updateLog` and, for each
 * member of each stats object, a series of values under `ID-member`. Its form changed over the years; known are
 *   - events named as rtcstats names them, their values as JSON text, `timestamp` a number (since about 2025);
 *   - events without `on`, their values as `key: value, ...`, `time` a text (before).
 */
export function readInternals(dump: Fields): PageTrace {
  const connections = Object.entries(fieldsOf(dump.PeerConnections)).slice(0, LIMITS.connections);
  const userAgent = textOf(dump.UserAgent);
  return {
    tool: 'chrome://webrtc-internals',
    ...(userAgent === undefined ? {} : { userAgent }),
    page: listOf(dump.getUserMedia).slice(0, LIMITS.eventsOfConnection).flatMap(readMediaRequest),
    peers: connections.map(([id, connection]) => readConnection(id, fieldsOf(connection))),
  };
}

/** A request for media and its result are entries of their own. */
function readMediaRequest(value: unknown): TraceEvent[] {
  const entry = fieldsOf(value);
  const at = timeOf(entry.timestamp) ?? timeOf(entry.time);
  if (at === undefined) return [];
  const method = `navigator.mediaDevices.${textOf(entry.request_type) ?? 'getUserMedia'}`;
  if (typeof entry.error === 'string') {
    const message = textOf(entry.error_message);
    return [
      { at, name: `${method}OnFailure`, value: message === undefined ? entry.error : `${entry.error}: ${message}` },
    ];
  }
  if (entry.audio_track_info !== undefined || entry.video_track_info !== undefined) {
    return [{ at, name: `${method}OnSuccess`, value: { label: labelOf(entry.audio_track_info) } }];
  }
  if (entry.audio === undefined || entry.audio === false) return [];
  return [{ at, name: method, value: { audio: isFields(entry.audio) ? entry.audio : readValue(entry.audio) } }];
}

/** `{"id":"...","label":"..."}`, before that `id:... label:...`. */
function labelOf(info: unknown): string | undefined {
  if (typeof info !== 'string') return undefined;
  return textOf(fieldsOf(parseJson(info)).label) ?? /label:(.*)$/.exec(info)?.[1]?.trim();
}

function readConnection(id: string, connection: Fields): PeerTrace {
  const log = listOf(connection.updateLog);
  const events = log.slice(0, LIMITS.eventsOfConnection).flatMap((value): TraceEvent[] => {
    const { type, value: said, timestamp, time } = fieldsOf(value);
    const at = timeOf(timestamp) ?? timeOf(time);
    return typeof type !== 'string' || at === undefined ? [] : [{ at, name: nameOf(type), value: readValue(said) }];
  });
  const first = events[0];
  const configuration = readValue(connection.rtcConfiguration);
  const created: TraceEvent[] = first === undefined ? [] : [{ at: first.at, name: 'create', value: configuration }];
  const reports = readSeries(fieldsOf(connection.stats));
  return {
    id,
    events: [...created, ...events],
    reports,
    timedByPage: false,
    omittedEvents: log.length - Math.min(log.length, LIMITS.eventsOfConnection),
    omittedReports: 0,
  };
}

/** Older names, by those of today. */
function nameOf(type: string): string {
  if (type === 'iceConnectionStateChange' || type === 'legacyIceConnectionStateChange')
    return 'oniceconnectionstatechange';
  return /^(?!on)(icecandidate|icecandidateerror|\w+statechange)$/i.test(type) ? `on${type.toLowerCase()}` : type;
}

/** The value of an event: JSON text, or in older dumps `type: offer, sdp: ...` or `key: value` pairs. */
function readValue(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (/^[{["]/.test(value)) return parseJson(value) ?? value;
  const [, type, sdp] = /^type: (\w+), sdp: ([\s\S]*)$/.exec(value) ?? [];
  if (type !== undefined) return { type, sdp };
  if (!/^\w+: /.test(value)) return value;
  const pairs: Record<string, string> = {};
  for (const part of value.split(/, |\n/, 32)) {
    const [, key, text] = /^(\w+): (.*)$/.exec(part) ?? [];
    if (key !== undefined && text !== undefined) pairs[camelCase(key)] = text;
  }
  return pairs;
}

const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** One stats object over time: when it was read, and its members then. */
interface Rows {
  readonly times: readonly number[];
  readonly rows: readonly Record<string, unknown>[];
}

/**
 * Puts the series together again: one report for each time at which the busiest objects were read. An object that is
 * older (a report of RTCP) stands in a report as it was last read.
 */
function readSeries(stats: Fields): TraceReport[] {
  const objects = new Map<string, Map<string, Fields>>();
  for (const [name, series] of Object.entries(stats)) {
    const dash = name.lastIndexOf('-');
    const member = name.slice(dash + 1);
    // Members in brackets are calculated by the page that shows them.
    if (dash <= 0 || name.endsWith(']') || !isFields(series)) continue;
    const id = name.slice(0, dash);
    const members = objects.get(id) ?? new Map<string, Fields>();
    if (!objects.has(id) && objects.size >= LIMITS.objectsOfReport) continue;
    objects.set(id, members.set(member, series));
  }
  const all = [...objects].map(([id, members]) => [id, readObject(id, members)] as const);
  const busiest = all.reduce<readonly number[]>(
    (best, [, { times }]) => (times.length > best.length ? times : best),
    [],
  );
  const places = all.map(() => 0);
  return busiest.map((at) => {
    const report = new Map<string, StatsObject>();
    all.forEach(([id, { times, rows }], index) => {
      let place = places[index] ?? 0;
      while ((times[place] ?? Number.POSITIVE_INFINITY) <= at) place += 1;
      places[index] = place;
      const row = rows[place - 1];
      if (row !== undefined) report.set(id, row);
    });
    return { at, report };
  });
}

function readObject(id: string, members: ReadonlyMap<string, Fields>): Rows {
  const series = [...members].map(([member, { values, startTime, endTime, statsType }]) => ({
    member,
    values: listOf(typeof values === 'string' ? parseJson(values) : values).slice(-LIMITS.reportsOfConnection),
    start: timeOf(startTime) ?? 0,
    end: timeOf(endTime) ?? 0,
    type: textOf(statsType),
  }));
  const clock = series.find(({ member }) => member === 'timestamp');
  const longest = clock ?? series.reduce((best, other) => (other.values.length > best.values.length ? other : best));
  const count = longest.values.length;
  const step = count > 1 ? (longest.end - longest.start) / (count - 1) : 0;
  const times = Array.from(
    { length: count },
    (_, index) => timeOf(clock?.values[index]) ?? longest.start + index * step,
  );
  const type = series.find((one) => one.type !== undefined)?.type;
  const rows = times.map(
    (timestamp): Record<string, unknown> => ({ id, timestamp, ...(type === undefined ? {} : { type }) }),
  );
  for (const { member, values, start, end } of series) {
    if (member === 'timestamp') continue;
    // A member that came later, or went, has fewer values than there are times.
    const offset =
      end >= longest.end ? count - values.length : Math.round(step === 0 ? 0 : (start - longest.start) / step);
    values.forEach((value, index) => {
      const row = rows[index + Math.max(0, offset)];
      if (row !== undefined) row[member] = value;
    });
  }
  return { times, rows };
}
