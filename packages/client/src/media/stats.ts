import type { Millis } from '@earshot/base';
import type { CallReport } from '@earshot/signaling';
import type { StatsReport } from '../browser.js';

/** The path the audio takes now. */
export interface MediaPath {
  /** Of the received audio, such as `opus` or `PCMA`. */
  readonly codec: string | undefined;
  /** Of the browser's own candidate: host, srflx, prflx or relay. */
  readonly candidateType: string | undefined;
  readonly protocol: string | undefined;
  readonly roundTripMs: Millis | undefined;
}

/** What one getStats report says about the one audio section of a call. */
export interface MediaFigures {
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly jitterMs: Millis;
  /** Seconds-independent share of received samples that were made up to cover loss, 0 to 1. */
  readonly concealed: number;
  readonly bytesSent: number;
  readonly packetsSent: number;
  /** 0 to 1, where the browser reports them. */
  readonly microphoneLevel: number | undefined;
  readonly remoteLevel: number | undefined;
  readonly path: MediaPath;
}

type Stats = Readonly<Record<string, unknown>>;

/** Reads a report of the W3C statistics API (identifiers of webrtc-stats, section 7). */
export function readFigures(report: StatsReport): MediaFigures {
  const byId = new Map<string, Stats>();
  report.forEach((stats) => {
    if (isStats(stats) && typeof stats.id === 'string') byId.set(stats.id, stats);
  });
  const inbound = find(byId, (stats) => stats.type === 'inbound-rtp' && stats.kind !== 'video');
  const outbound = find(byId, (stats) => stats.type === 'outbound-rtp' && stats.kind !== 'video');
  const source = find(byId, (stats) => stats.type === 'media-source');
  const samples = number(inbound, 'totalSamplesReceived') ?? 0;
  const made = (number(inbound, 'concealedSamples') ?? 0) - (number(inbound, 'silentConcealedSamples') ?? 0);
  return {
    bytesReceived: number(inbound, 'bytesReceived') ?? 0,
    packetsReceived: number(inbound, 'packetsReceived') ?? 0,
    packetsLost: number(inbound, 'packetsLost') ?? 0,
    jitterMs: (number(inbound, 'jitter') ?? 0) * 1_000,
    concealed: samples > 0 ? Math.max(0, made) / samples : 0,
    bytesSent: number(outbound, 'bytesSent') ?? 0,
    packetsSent: number(outbound, 'packetsSent') ?? 0,
    microphoneLevel: number(source, 'audioLevel'),
    remoteLevel: number(inbound, 'audioLevel'),
    path: readPath(byId, inbound ?? outbound),
  };
}

function readPath(byId: ReadonlyMap<string, Stats>, stream: Stats | undefined): MediaPath {
  const pair = selectedPair(byId);
  const local = byId.get(text(pair, 'localCandidateId') ?? '');
  const roundTrip = number(pair, 'currentRoundTripTime');
  return {
    codec: text(byId.get(text(stream, 'codecId') ?? ''), 'mimeType')?.replace(/^audio\//, ''),
    candidateType: text(local, 'candidateType'),
    protocol: text(local, 'relayProtocol') ?? text(local, 'protocol'),
    roundTripMs: roundTrip === undefined ? undefined : roundTrip * 1_000,
  };
}

/** What is known of the path, as the gateway's timeline takes it. */
export function reportOfPath({ codec, candidateType, protocol, roundTripMs }: MediaPath): CallReport {
  return {
    ...(codec === undefined ? {} : { codec }),
    ...(candidateType === undefined ? {} : { candidateType }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
  };
}

/** Chromium and Safari name the pair in the transport; Firefox marks it. */
function selectedPair(byId: ReadonlyMap<string, Stats>): Stats | undefined {
  const transport = find(byId, (stats) => stats.type === 'transport');
  const named = byId.get(text(transport, 'selectedCandidatePairId') ?? '');
  if (named !== undefined) return named;
  const isPair = (stats: Stats): boolean => stats.type === 'candidate-pair';
  return (
    find(byId, (stats) => isPair(stats) && stats.selected === true) ??
    find(byId, (stats) => isPair(stats) && stats.nominated === true && stats.state === 'succeeded')
  );
}

function find(byId: ReadonlyMap<string, Stats>, matches: (stats: Stats) => boolean): Stats | undefined {
  for (const stats of byId.values()) if (matches(stats)) return stats;
  return undefined;
}

const isStats = (value: unknown): value is Stats => typeof value === 'object' && value !== null;

function number(stats: Stats | undefined, name: string): number | undefined {
  const value = stats?.[name];
  return typeof value === 'number' ? value : undefined;
}

function text(stats: Stats | undefined, name: string): string | undefined {
  const value = stats?.[name];
  return typeof value === 'string' ? value : undefined;
}
