import type { BrowserEvent } from '../browser-event.js';
import type { CandidateFacts } from '../candidate.js';
import type { LegName } from '../leg.js';
import type { BrowserFigures, Sample } from '../sample.js';
import type { CallTimeline } from '../timeline.js';
import { OWN_APPLICATION, OWN_EVENT } from './peer-events.js';
import { RTCSTATS_HEADER } from './rtcstats.js';
import { PAGE_STATS_ID } from './timeline-of.js';

/** One line before its time is written as a difference. */
interface Line {
  readonly at: number;
  readonly name: string;
  readonly value: unknown;
}

/**
 * The browsers of a call as a dump of rtcstats (file format 3), each as a connection of its own, for the tools that read
 * these. Figures become growing counters again; events that rtcstats has a name for stand under it, the others as
 * `earshot.event`, so that nothing is lost on the way back. What gateway and relay saw is not in it.
 */
export function writeRtcstats(timeline: CallTimeline): string {
  const legs = (['caller', 'callee'] as const).filter((leg) =>
    [...timeline.entries, ...timeline.samples].some((one) => one.source === 'browser' && one.leg === leg),
  );
  const lines = legs
    .flatMap((leg) => linesOf(timeline, leg).map((line) => ({ leg, ...line })))
    .sort((a, b) => a.at - b.at);
  let before = 0;
  const written = lines.map(({ leg, at, name, value }) => {
    const step = at - before;
    before = at;
    return JSON.stringify([name, leg, value, step]);
  });
  const header = JSON.stringify({ fileFormat: 3, application: OWN_APPLICATION, callId: timeline.callId });
  return `${[RTCSTATS_HEADER, header, ...written].join('\n')}\n`;
}

/** Readers expect a connection to be created before anything is said of it. */
function linesOf(timeline: CallTimeline, leg: LegName): Line[] {
  const lines = [...eventLines(timeline, leg), ...statsLines(timeline, leg)];
  const first = lines.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  return [{ at: first, name: 'create', value: { application: OWN_APPLICATION } }, ...lines];
}

function eventLines({ entries }: CallTimeline, leg: LegName): Line[] {
  return entries.flatMap((entry): Line[] => {
    if (entry.source !== 'browser' || entry.leg !== leg) return [];
    return [{ at: entry.at, ...named(entry.event) }];
  });
}

function named(event: BrowserEvent): Omit<Line, 'at'> {
  switch (event.type) {
    case 'ice.candidate':
      return { name: 'onicecandidate', value: writeCandidate(event.candidate) };
    case 'ice.candidate_error': {
      const { url, errorCode, errorText, address } = event;
      return { name: 'onicecandidateerror', value: { url, errorCode, errorText, address } };
    }
    case 'ice.gathering':
      return { name: 'onicegatheringstatechange', value: event.state };
    case 'ice.connection':
      return { name: 'onconnectionstatechange', value: event.state };
    default:
      return { name: OWN_EVENT, value: event };
  }
}

/** As RTCIceCandidate has it. A timeline keeps neither foundation nor priority, which decide nothing afterwards. */
function writeCandidate({ type, protocol, address, port, relayProtocol, url }: CandidateFacts): object {
  const line = `candidate:0 1 ${protocol} 1 ${address ?? '0.0.0.0'} ${port ?? 9} typ ${type}`;
  return { candidate: line, sdpMid: '0', sdpMLineIndex: 0, relayProtocol, url };
}

const INBOUND = 'inbound-audio';
const OUTBOUND = 'outbound-audio';
const REMOTE = 'remote-inbound-audio';
const SOURCE = 'audio-source';
const PAIR = 'candidate-pair';
const TRANSPORT = 'transport';
const PLAYOUT = 'playout';
const CODEC = 'codec';

/** Counters of one browser, as they grow. */
class Counters {
  readonly #totals = new Map<string, number>();

  /** The new total, or undefined where the figure is not said. */
  add(name: string, growth: number | undefined): number | undefined {
    if (growth === undefined) return undefined;
    const total = (this.#totals.get(name) ?? 0) + growth;
    this.#totals.set(name, total);
    return total;
  }
}

function statsLines({ samples }: CallTimeline, leg: LegName): Line[] {
  const counters = new Counters();
  const report = (at: number, figures: BrowserFigures): Line => ({
    at,
    name: 'getStats',
    value: writeReport(figures, at, counters),
  });
  const own = samples.filter((sample) => sample.source === 'browser' && sample.leg === leg);
  return own.flatMap((sample, index): Line[] => {
    const { at, figures } = sample as Extract<Sample, { source: 'browser' }>;
    // Figures are of an interval: at its beginning, there is a report from which they are counted.
    const start = index > 0 ? [] : [report(at - figures.ms, nothing(figures))];
    return [...start, report(at, figures)];
  });
}

/** The same figures before anything was counted. */
const nothing = (figures: BrowserFigures): BrowserFigures =>
  Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, typeof value === 'number' ? 0 : value]),
  ) as unknown as BrowserFigures;

const scaled = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor;

function writeReport(figures: BrowserFigures, timestamp: number, counters: Counters): object {
  const grown = (name: keyof BrowserFigures): number | undefined =>
    counters.add(name, figures[name] as number | undefined);
  const has = (...names: readonly (keyof BrowserFigures)[]): boolean =>
    names.some((name) => figures[name] !== undefined);
  const objects: Record<string, object> = {};
  const put = (id: string, type: string, members: object): void => {
    objects[id] = { type, timestamp, ...members };
  };
  if (has('packetsReceived', 'bytesReceived', 'samplesReceived', 'remoteEnergy')) {
    const emitted = counters.add('emitted', figures.samplesReceived ?? 1);
    put(INBOUND, 'inbound-rtp', {
      kind: 'audio',
      codecId: CODEC,
      transportId: TRANSPORT,
      playoutId: PLAYOUT,
      packetsReceived: grown('packetsReceived'),
      bytesReceived: grown('bytesReceived'),
      packetsLost: grown('packetsLost'),
      packetsDiscarded: grown('packetsDiscarded'),
      jitter: scaled(figures.jitterMs, 0.001),
      totalSamplesReceived: grown('samplesReceived'),
      concealedSamples: grown('concealedSamples'),
      silentConcealedSamples: grown('silentConcealedSamples'),
      concealmentEvents: grown('concealmentEvents'),
      jitterBufferDelay: counters.add('delay', scaled(figures.jitterBufferMs, (figures.samplesReceived ?? 1) / 1_000)),
      jitterBufferEmittedCount: emitted,
      totalAudioEnergy: grown('remoteEnergy'),
      totalSamplesDuration: grown('remoteSeconds'),
    });
    if (figures.decoder !== undefined) put(CODEC, 'codec', { mimeType: `audio/${figures.decoder}` });
  }
  if (has('packetsSent', 'bytesSent')) {
    put(OUTBOUND, 'outbound-rtp', {
      kind: 'audio',
      transportId: TRANSPORT,
      remoteId: REMOTE,
      mediaSourceId: has('micSeconds', 'micEnergy') ? SOURCE : undefined,
      packetsSent: grown('packetsSent'),
      bytesSent: grown('bytesSent'),
      targetBitrate: figures.targetBitrate,
    });
  }
  if (has('micEnergy', 'micSeconds')) {
    put(SOURCE, 'media-source', {
      kind: 'audio',
      totalAudioEnergy: grown('micEnergy'),
      totalSamplesDuration: grown('micSeconds'),
    });
  }
  if (has('remotePacketsLost', 'remoteJitterMs', 'roundTripMs')) {
    put(REMOTE, 'remote-inbound-rtp', {
      kind: 'audio',
      localId: OUTBOUND,
      packetsLost: grown('remotePacketsLost'),
      jitter: scaled(figures.remoteJitterMs, 0.001),
      roundTripTime: scaled(figures.roundTripMs, 0.001),
    });
  }
  if (has('pairRoundTripMs', 'checksSent', 'checksAnswered', 'availableBitrate')) {
    put(PAIR, 'candidate-pair', {
      selected: true,
      nominated: true,
      transportId: TRANSPORT,
      currentRoundTripTime: scaled(figures.pairRoundTripMs, 0.001),
      requestsSent: grown('checksSent'),
      responsesReceived: grown('checksAnswered'),
      availableOutgoingBitrate: figures.availableBitrate,
    });
  }
  if (has('transportBytesSent', 'transportBytesReceived', 'dtlsState')) {
    put(TRANSPORT, 'transport', {
      selectedCandidatePairId: PAIR,
      bytesSent: grown('transportBytesSent'),
      bytesReceived: grown('transportBytesReceived'),
      dtlsState: figures.dtlsState,
    });
  }
  if (has('synthesizedSeconds', 'playoutDelayMs')) {
    put(PLAYOUT, 'media-playout', {
      kind: 'audio',
      synthesizedSamplesDuration: grown('synthesizedSeconds'),
      totalPlayoutDelay: counters.add('playout', scaled(figures.playoutDelayMs, 1 / 1_000)),
      totalSamplesCount: counters.add('played', 1),
    });
  }
  if (has('hidden', 'lateMs', 'micLevel', 'remoteLevel')) {
    const { hidden, lateMs, micLevel, remoteLevel } = figures;
    put(PAGE_STATS_ID, PAGE_STATS_ID, { hidden, lateMs, micLevel, remoteLevel });
  }
  return objects;
}
