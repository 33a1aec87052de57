import type { BrowserEvent } from '../browser-event.js';
import type { CandidateFacts, TurnTransport } from '../candidate.js';
import type { BrowserFigures, Sample } from '../sample.js';
import { audioParts, figuresBetween, type StatsObject, type StatsReport } from '../stats.js';
import { type CallTimeline, TELEMETRY_VERSION, type TimelineEntry } from '../timeline.js';
import { readPageEvent } from './page-events.js';
import { decisive, readPeerEvent } from './peer-events.js';
import type { PageTrace, PeerTrace, TraceEvent, TraceReport } from './trace.js';
import { readUserAgent } from './user-agent.js';
import { numberOf, portOf, textOf } from './values.js';

/** What the page did so long before a connection was made belongs to that connection: it asked for the microphone. */
const BEFORE_MS = 60_000;

/** An event of a browser before its place in a call is known. */
export type Untimed<Event = BrowserEvent> = Event extends { readonly atMs: number } ? Omit<Event, 'atMs'> : never;

interface Timed {
  readonly at: number;
  readonly event: Untimed;
}

/** Each connection that has to do with sound as a call; if none has, every connection. */
export function timelinesOf(trace: PageTrace): CallTimeline[] {
  const used = trace.peers.filter(({ events, reports }) => events.length + reports.length > 0);
  const audio = used.filter(hasAudio);
  return (audio.length > 0 ? audio : used).map((peer) => timelineOf(trace, peer));
}

function hasAudio({ events, reports }: PeerTrace): boolean {
  const described = events.some(
    ({ value }) => typeof value === 'object' && /^m=audio /m.test(String((value as { sdp?: unknown } | null)?.sdp)),
  );
  if (described) return true;
  const last = reports.at(-1);
  const parts = last === undefined ? undefined : audioParts(last.report);
  return parts?.inbound !== undefined || parts?.outbound !== undefined;
}

function timelineOf({ tool, userAgent, page }: PageTrace, peer: PeerTrace): CallTimeline {
  const times = [...peer.events.map(({ at }) => at), ...peer.reports.map(({ at }) => at)];
  const created = times.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const over = times.reduce((most, at) => Math.max(most, at), Number.NEGATIVE_INFINITY);
  const own = page.filter(({ at }) => at >= created - BEFORE_MS && at <= over);
  const startedAt = Math.min(created, ...own.filter(({ name }) => name.endsWith('getUserMedia')).map(({ at }) => at));
  const info: Timed[] =
    userAgent === undefined
      ? []
      : [{ at: startedAt, event: { type: 'client.info', browser: readUserAgent(userAgent), sdk: tool } }];
  const events = [...info, ...readAll(own, readPageEvent), ...readAll(decisive(peer.events), readPeerEvent)];
  const told = new Set(events.map(({ event }) => event.type));
  // A dump that is taken while the call runs does not end it.
  const closed = peer.events.find(({ name }) => name === 'close');
  const seen = readReports(peer.reports);
  const derived = seen.events.filter(({ event }) => !told.has(event.type));
  const entries = [...events, ...derived]
    .map(({ at, event }): TimelineEntry => {
      return { at, source: 'browser', leg: 'caller', event: { atMs: at - startedAt, ...event } as BrowserEvent };
    })
    .sort((a, b) => a.at - b.at);
  return {
    version: TELEMETRY_VERSION,
    callId: peer.id,
    startedAt,
    ...(closed === undefined ? {} : { endedAt: closed.at }),
    caller: 'browser',
    vantages: ['browser'],
    clocks: [],
    entries,
    samples: peer.timedByPage ? withLateness(seen.samples) : seen.samples,
    omitted: peer.omittedEvents,
    omittedSamples: peer.omittedReports,
  };
}

const readAll = (events: readonly TraceEvent[], read: (event: TraceEvent) => readonly Untimed[]): Timed[] =>
  events.flatMap((event) => read(event).map((one) => ({ at: event.at, event: one })));

/** Samples, and what the figures alone tell: which pair is in use, and the state of DTLS. */
function readReports(reports: readonly TraceReport[]): {
  readonly samples: Sample[];
  readonly events: readonly Timed[];
} {
  const samples: Sample[] = [];
  const events: Timed[] = [];
  let before: StatsReport | undefined;
  let pairId: unknown;
  let dtls: unknown;
  for (const { at, report } of reports) {
    const { pair, transport, inbound, outbound } = audioParts(report);
    if (pair !== undefined && pair.id !== pairId) {
      pairId = pair.id;
      const event = readPair(pair, report);
      if (event !== undefined) events.push({ at, event });
    }
    const state = transport?.dtlsState;
    if (state !== dtls && isDtlsState(state)) events.push({ at, event: { type: 'dtls.connection', state } });
    dtls = state;
    // A browser has no inbound stream before its first packet: where it sends, and has none, it received none.
    const none = inbound === undefined && outbound !== undefined ? { packetsReceived: 0, bytesReceived: 0 } : {};
    const figures = before === undefined ? undefined : { ...none, ...figuresBetween(before, report) };
    // Some tools write a report twice where a connection changes its state.
    if (figures !== undefined && figures.ms > 0)
      samples.push({ at, source: 'browser', leg: 'caller', figures: withPage(figures, report) });
    if (figures === undefined || figures.ms > 0) before = report;
  }
  return { samples, events };
}

type DtlsState = Extract<BrowserEvent, { type: 'dtls.connection' }>['state'];
const DTLS_STATES: ReadonlySet<unknown> = new Set<DtlsState>(['new', 'connecting', 'connected', 'closed', 'failed']);
const isDtlsState = (state: unknown): state is DtlsState => DTLS_STATES.has(state);

const CANDIDATES: ReadonlySet<unknown> = new Set<CandidateFacts['type']>(['host', 'srflx', 'prflx', 'relay']);
const RELAY_PROTOCOLS: ReadonlySet<unknown> = new Set<TurnTransport>(['udp', 'tcp', 'tls']);

function readPair(pair: StatsObject, report: StatsReport): Untimed | undefined {
  const local = readCandidateStats(report.get(String(pair.localCandidateId)) as StatsObject | undefined);
  const remote = readCandidateStats(report.get(String(pair.remoteCandidateId)) as StatsObject | undefined);
  if (local === undefined || remote === undefined) return undefined;
  const seconds = numberOf(pair.currentRoundTripTime);
  return { type: 'ice.pair', local, remote, ...(seconds === undefined ? {} : { roundTripMs: seconds * 1_000 }) };
}

function readCandidateStats(stats: StatsObject | undefined): CandidateFacts | undefined {
  const type = stats?.candidateType;
  if (stats === undefined || !CANDIDATES.has(type)) return undefined;
  const address = textOf(stats.address ?? stats.ip, 64);
  const port = portOf(stats.port);
  const url = textOf(stats.url);
  return {
    type: type as CandidateFacts['type'],
    protocol: stats.protocol === 'tcp' ? 'tcp' : 'udp',
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(RELAY_PROTOCOLS.has(stats.relayProtocol) ? { relayProtocol: stats.relayProtocol as TurnTransport } : {}),
    ...(url === undefined ? {} : { url }),
  };
}

/** The stats object in which our own export keeps what W3C has no member for. */
export const PAGE_STATS_ID = 'earshot-page';

function withPage(figures: BrowserFigures, report: StatsReport): BrowserFigures {
  const page = report.get(PAGE_STATS_ID) as StatsObject | undefined;
  if (page === undefined) return figures;
  const { hidden } = page;
  const numbers = (['lateMs', 'micLevel', 'remoteLevel'] as const).flatMap((name) => {
    const value = numberOf(page[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...figures, ...(typeof hidden === 'boolean' ? { hidden } : {}), ...Object.fromEntries(numbers) };
}

/** A timer that comes later than by half its usual interval stood still meanwhile. */
function withLateness(samples: readonly Sample[]): Sample[] {
  const intervals = samples.map(({ figures }) => figures.ms).sort((a, b) => a - b);
  const usual = intervals[Math.floor(intervals.length / 2)] ?? 0;
  return samples.map((sample): Sample => {
    const lateMs = sample.figures.ms - usual;
    if (sample.source !== 'browser' || lateMs <= usual / 2 || sample.figures.lateMs !== undefined) return sample;
    return { ...sample, figures: { ...sample.figures, lateMs } };
  });
}
