import type { StatsObject } from '../stats.js';
import { nextReport, restoreSdp } from './rtcstats-delta.js';
import { METHODS } from './rtcstats-names.js';
import { LIMITS, type PageTrace, type PeerTrace, type TraceEvent, type TraceReport } from './trace.js';
import { fieldsOf, isFields, listOf, numberOf, parseJson, textOf, timeOf } from './values.js';

export const RTCSTATS_HEADER = 'RTCStatsDump';

interface Peer {
  readonly events: TraceEvent[];
  readonly reports: TraceReport[];
  state: ReadonlyMap<string, StatsObject>;
  /** The latest description of each end, whole. */
  readonly sdp: Map<'local' | 'remote', string>;
  omittedEvents: number;
  omittedReports: number;
}

/** A line: what was called or happened, on which connection, with what, when; whatever stands between. */
interface Line {
  readonly name: string;
  readonly connection: string | undefined;
  readonly value: unknown;
  readonly at: number;
}

/** `firstReport` is the only line of old dumps that has no array: whom the dump is of. */
export const isRtcstats = (text: string): boolean =>
  text.startsWith(`${RTCSTATS_HEADER}\n`) || text.startsWith(`${RTCSTATS_HEADER}\r\n`) || isOlder(text);

function isOlder(text: string): boolean {
  const [first = '', second = ''] = text.slice(0, 100_000).split('\n', 2);
  const line = parseJson(first.startsWith('[') ? first : second);
  return Array.isArray(line) && line.length >= 3 && typeof line[0] === 'string' && isMethod(line[0]);
}

const isMethod = (name: string): boolean =>
  Object.values(METHODS).includes(name) ||
  /^(getstats|getUserMedia\w*|identity|on\w+|connectionInfo|clientId)$/.test(name);

/**
 * Reads a dump of rtcstats: format 3 (a header, then one array a line, times as differences), which Chromium's own
 * chrome://webrtc-internals writes too; and the older ones of rtcstats-server (times as they are).
 */
export function readRtcstats(text: string): PageTrace {
  const current = text.startsWith(RTCSTATS_HEADER);
  const page: TraceEvent[] = [];
  const peers = new Map<string, Peer>();
  let userAgent: string | undefined;
  let time = 0;
  for (const [index, content] of eachLine(text)) {
    if (index === 0 && current) continue;
    const value = parseJson(content);
    if (isFields(value)) userAgent ??= textOf(value.userAgent);
    const line = readLine(value, current, time);
    if (line === undefined) continue;
    time = line.at;
    if (line.connection === undefined) {
      userAgent ??= textOf(fieldsOf(line.value).userAgent) ?? brandOf(fieldsOf(line.value).userAgentData);
      if (page.length < LIMITS.eventsOfConnection) page.push({ at: line.at, name: line.name, value: line.value });
      continue;
    }
    const peer = peers.get(line.connection) ?? newPeer();
    if (!peers.has(line.connection) && peers.size >= LIMITS.connections) continue;
    peers.set(line.connection, peer);
    add(peer, line);
  }
  // Chromium gives the media requests of a page a connection of their own.
  const isPage = ({ events, reports }: Peer): boolean =>
    reports.length === 0 && events.every(({ name }) => /^(navigator|MediaStreamTrack|HTMLMediaElement)\./.test(name));
  const strays = [...peers.values()].filter(isPage).flatMap(({ events }) => events);
  return {
    tool: 'rtcstats',
    ...(userAgent === undefined ? {} : { userAgent }),
    page: [...page, ...strays].sort((a, b) => a.at - b.at),
    peers: [...peers].filter(([, peer]) => !isPage(peer)).map(([id, peer]) => finish(id, peer)),
  };
}

function* eachLine(text: string): Generator<readonly [number, string]> {
  let index = 0;
  for (let start = 0; start < text.length; index += 1) {
    const end = text.indexOf('\n', start);
    const content = text.slice(start, end < 0 ? text.length : end).trim();
    if (content !== '') yield [index, content];
    start = end < 0 ? text.length : end + 1;
  }
}

function readLine(value: unknown, current: boolean, before: number): Line | undefined {
  if (!Array.isArray(value) || value.length < 3) return undefined;
  const [method, connection, said, ...rest] = value as unknown[];
  const name =
    typeof method === 'number' || typeof method === 'string' ? (METHODS[method] ?? String(method)) : undefined;
  // Older dumps have the time at the fourth place, what follows is a counter; the newer ones at the last.
  const time = current ? numberOf(rest.at(-1)) : timeOf(rest[0]);
  if (name === undefined || time === undefined) return undefined;
  const id = typeof connection === 'string' && connection !== 'null' ? connection.slice(0, 128) : undefined;
  return { name, connection: id, value: stateOf(name, said), at: current ? before + time : time };
}

/** Chromium writes states as JSON text. */
const stateOf = (name: string, value: unknown): unknown =>
  /^on\w+statechange$/.test(name) && typeof value === 'string' && value.startsWith('"') ? parseJson(value) : value;

const newPeer = (): Peer => ({
  events: [],
  reports: [],
  state: new Map(),
  sdp: new Map(),
  omittedEvents: 0,
  omittedReports: 0,
});

function add(peer: Peer, { name, at, value }: Line): void {
  if (name === 'getStats' || name === 'getstats') {
    if (isFields(value)) peer.state = nextReport(peer.state, value);
    if (peer.reports.length < LIMITS.reportsOfConnection) peer.reports.push({ at, report: peer.state });
    else peer.omittedReports += 1;
    return;
  }
  if (peer.events.length < LIMITS.eventsOfConnection) peer.events.push({ at, name, value: whole(peer, name, value) });
  else peer.omittedEvents += 1;
}

const DESCRIPTIONS = /^(createOffer|createAnswer|setLocalDescription|setRemoteDescription)(OnSuccess)?$/;

/** A value with its description whole, where it has one. */
function whole(peer: Peer, name: string, value: unknown): unknown {
  if (!DESCRIPTIONS.test(name) || !isFields(value) || typeof value.sdp !== 'string') return value;
  const side = name.startsWith('setRemote') ? 'remote' : 'local';
  const sdp = restoreSdp(peer.sdp.get(side), value.sdp);
  peer.sdp.set(side, sdp);
  return { ...value, sdp };
}

const finish = (id: string, { events, reports, omittedEvents, omittedReports }: Peer): PeerTrace => ({
  id,
  events,
  reports,
  timedByPage: true,
  omittedEvents,
  omittedReports,
});

/** `Chromium/156`, of the list of brands, one of which is made up so that nobody relies on the order. */
function brandOf(data: unknown): string | undefined {
  const { brands, platform } = fieldsOf(data);
  const brand = listOf(brands)
    .map(fieldsOf)
    .find((one) => /^(Chromium|Google Chrome|Microsoft Edge)$/.test(String(one.brand)));
  const version = textOf(brand?.version);
  return version === undefined ? undefined : `Chrome/${version} (${textOf(platform) ?? ''})`;
}
