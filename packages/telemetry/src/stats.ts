import type { BrowserFigures } from './sample.js';

/** One object of `RTCPeerConnection.getStats()` (W3C webrtc-stats): its members by name. */
export type StatsObject = Readonly<Record<string, unknown>>;

/** What `getStats()` gives, by id: an `RTCStatsReport` is one, and so is a `Map`. */
export interface StatsReport {
  get(id: string): object | undefined;
  forEach(each: (stats: object) => void): void;
}

type Part = 'inbound' | 'outbound' | 'source' | 'remote' | 'playout' | 'pair' | 'transport';

/** Figures that are the growth of a member, where it has another name than they, and so of which part of a report. */
const GROWTHS: Readonly<Record<Part, Readonly<Record<string, string>>>> = {
  inbound: {
    packetsReceived: '',
    bytesReceived: '',
    packetsLost: '',
    packetsDiscarded: '',
    samplesReceived: 'totalSamplesReceived',
    concealedSamples: '',
    silentConcealedSamples: '',
    concealmentEvents: '',
    remoteEnergy: 'totalAudioEnergy',
    remoteSeconds: 'totalSamplesDuration',
  },
  outbound: { packetsSent: '', bytesSent: '' },
  source: { micEnergy: 'totalAudioEnergy', micSeconds: 'totalSamplesDuration' },
  remote: { remotePacketsLost: 'packetsLost' },
  playout: { synthesizedSeconds: 'synthesizedSamplesDuration' },
  pair: { checksSent: 'requestsSent', checksAnswered: 'responsesReceived' },
  transport: { transportBytesSent: 'bytesSent', transportBytesReceived: 'bytesReceived' },
};

/**
 * The figures of the interval between two reports of one connection. Without an earlier one they are those since it
 * began, which no report dates: `ms` is 0 then. Of several audio streams in one direction, the one that moved most counts.
 * What this browser does not say is left out.
 */
export function figuresBetween(before: StatsReport | undefined, after: StatsReport): BrowserFigures {
  const growth = (stats: StatsObject | undefined, member: string): number => {
    const value = numberOf(stats, member);
    const prior = numberOf(before?.get(String(stats?.id)), member);
    // A counter that went back has begun anew; losses may go back, since late packets come after all.
    return prior <= value || (prior > value && member === 'packetsLost') ? value - prior : value;
  };
  const figures: Record<string, number | string> = { ms: before === undefined ? 0 : latest(after) - latest(before) };
  const put = (figure: string, value: number): void => {
    if (Number.isFinite(value)) figures[figure] = value;
  };
  const parts = audioParts(after, growth);
  for (const part of Object.keys(GROWTHS) as Part[]) {
    for (const [figure, member] of Object.entries(GROWTHS[part])) put(figure, growth(parts[part], member || figure));
  }
  const { inbound, outbound, remote, playout, pair, transport, codec } = parts;
  const mean = (stats: StatsObject | undefined, total: string, count: string): number =>
    (growth(stats, total) * 1000) / growth(stats, count);
  put('jitterMs', numberOf(inbound, 'jitter') * 1000);
  put('jitterBufferMs', mean(inbound, 'jitterBufferDelay', 'jitterBufferEmittedCount'));
  put('targetBitrate', numberOf(outbound, 'targetBitrate'));
  put('remoteJitterMs', numberOf(remote, 'jitter') * 1000);
  put('roundTripMs', numberOf(remote, 'roundTripTime') * 1000);
  put('pairRoundTripMs', numberOf(pair, 'currentRoundTripTime') * 1000);
  // Chromium counts checks apart once the pair was answered.
  put('checksSent', growth(pair, 'requestsSent') + (growth(pair, 'consentRequestsSent') || 0));
  put('availableBitrate', numberOf(pair, 'availableOutgoingBitrate'));
  put('playoutDelayMs', mean(playout, 'totalPlayoutDelay', 'totalSamplesCount'));
  const dtlsState = transport?.dtlsState;
  if (typeof dtlsState === 'string') figures.dtlsState = dtlsState;
  const decoder = codec?.mimeType;
  if (typeof decoder === 'string') figures.decoder = decoder.slice(decoder.indexOf('/') + 1);
  return figures as unknown as BrowserFigures;
}

/** The objects of a report that tell about its audio. */
export function audioParts(
  report: StatsReport,
  weight: (stats: StatsObject, member: string) => number = numberOf,
): Readonly<Record<Part | 'codec', StatsObject | undefined>> {
  const all: StatsObject[] = [];
  report.forEach((stats) => {
    all.push(stats as StatsObject);
  });
  const named = (id: unknown): StatsObject | undefined => all.find((stats) => stats.id === id);
  /** Of this type and of audio; the one whose `member` weighs most. */
  const most = (type: string, member: string): StatsObject | undefined =>
    all
      .filter((stats) => stats.type === type && (stats.kind ?? stats.mediaType ?? 'audio') === 'audio')
      .reduce<StatsObject | undefined>(
        (best, stats) => (best === undefined || weight(stats, member) > weight(best, member) ? stats : best),
        undefined,
      );
  const inbound = most('inbound-rtp', 'packetsReceived');
  const outbound = most('outbound-rtp', 'packetsSent');
  const transport = named((inbound ?? outbound)?.transportId) ?? most('transport', 'bytesReceived');
  return {
    inbound,
    outbound,
    source: named(outbound?.mediaSourceId),
    remote:
      named(outbound?.remoteId) ??
      all.find(
        (stats) => outbound !== undefined && stats.type === 'remote-inbound-rtp' && stats.localId === outbound.id,
      ),
    codec: named(inbound?.codecId),
    playout: named(inbound?.playoutId) ?? most('media-playout', 'totalSamplesCount'),
    transport,
    // Chromium and Safari name the pair in the transport; Firefox marks it.
    pair:
      named(transport?.selectedCandidatePairId) ??
      all.find((stats) => stats.type === 'candidate-pair' && stats.selected === true),
  };
}

const latest = (report: StatsReport): number => {
  let at = 0;
  report.forEach((stats) => {
    at = Math.max(at, numberOf(stats, 'timestamp') || 0);
  });
  return at;
};

function numberOf(stats: object | undefined, member: string): number {
  const value = (stats as StatsObject | undefined)?.[member];
  return typeof value === 'number' ? value : Number.NaN;
}
