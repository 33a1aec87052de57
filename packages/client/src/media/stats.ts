import type { ErrorCode, Millis } from '@earshot/base';
import type { CallReport } from '@earshot/signaling';
import { audioParts, type CandidateFacts, type TurnTransport } from '@earshot/telemetry';
import type { StatsReport } from '../browser.js';
import { optional } from '../evidence/printable.js';

/** The path the audio takes now, as the browser's figures tell. Nothing is known of it before it is built. */
export interface MeasuredPath {
  /** Of the received audio, such as `opus` or `PCMA`. */
  readonly codec: string | undefined;
  readonly via: 'direct' | 'relay' | undefined;
  /** What carries the packets from this browser to the gateway, or to the relay. */
  readonly transport: TurnTransport | undefined;
  /** Of the addresses between this browser and the gateway, or the relay. */
  readonly family: 'IPv4' | 'IPv6' | undefined;
  /** The URL of the relay. */
  readonly server: string | undefined;
  /** Of the browser's own candidate: host, srflx, prflx or relay. */
  readonly candidateType: string | undefined;
  readonly roundTripMs: Millis | undefined;
}

/** The path, and what could be better about it. */
export interface MediaPath extends MeasuredPath {
  /** `ice.relay_tcp`: it works, but the network lets no UDP through, and TCP repeats what sound would rather lose. */
  readonly hint: ErrorCode | undefined;
}

/** The candidate pair in use. */
export interface SelectedPair {
  readonly local: CandidateFacts;
  readonly remote: CandidateFacts;
  readonly roundTripMs?: Millis;
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
  readonly path: MeasuredPath;
  readonly pair: SelectedPair | undefined;
}

type Stats = Readonly<Record<string, unknown>>;

/** Reads a report of the W3C statistics API (identifiers of webrtc-stats, section 7). */
export function readFigures(report: StatsReport): MediaFigures {
  const parts = audioParts(report);
  const { inbound, outbound, source } = parts;
  const samples = number(inbound, 'totalSamplesReceived') ?? 0;
  const made = count(inbound, 'concealedSamples') - count(inbound, 'silentConcealedSamples');
  return {
    bytesReceived: count(inbound, 'bytesReceived'),
    packetsReceived: count(inbound, 'packetsReceived'),
    packetsLost: count(inbound, 'packetsLost'),
    jitterMs: count(inbound, 'jitter') * 1_000,
    concealed: samples > 0 ? Math.max(0, made) / samples : 0,
    bytesSent: count(outbound, 'bytesSent'),
    packetsSent: count(outbound, 'packetsSent'),
    microphoneLevel: number(source, 'audioLevel'),
    remoteLevel: number(inbound, 'audioLevel'),
    ...readPath(report, parts),
  };
}

function readPath(
  report: StatsReport,
  { pair: stats, codec }: ReturnType<typeof audioParts>,
): Pick<MediaFigures, 'path' | 'pair'> {
  const ownStats = report.get(text(stats, 'localCandidateId') ?? '');
  const roundTrip = number(stats, 'currentRoundTripTime');
  const roundTripMs = roundTrip === undefined ? undefined : roundTrip * 1_000;
  const local = readCandidate(ownStats);
  const remote = readCandidate(report.get(text(stats, 'remoteCandidateId') ?? ''));
  // A relayed candidate may be known as prflx; that it has a relay does not change.
  const relayed = local?.type === 'relay' || local?.relayProtocol !== undefined;
  const nextHop = relayed ? text(ownStats, 'relatedAddress') : remote?.address;
  const pair = local && remote && { local, remote, ...optional('roundTripMs', roundTripMs) };
  return {
    pair,
    path: {
      codec: text(codec, 'mimeType')?.replace(/^audio\//, ''),
      via: local && (relayed ? 'relay' : 'direct'),
      transport: local?.relayProtocol ?? local?.protocol,
      family: (relayed ? familyOfRelay(local?.url) : undefined) ?? familyOf(nextHop),
      server: relayed ? local?.url : undefined,
      candidateType: local?.type,
      roundTripMs,
    },
  };
}

function readCandidate(stats: object | undefined): CandidateFacts | undefined {
  const type = text(stats, 'candidateType');
  if (type === undefined) return undefined;
  const relayProtocol = text(stats, 'relayProtocol') || undefined;
  return {
    type: type as CandidateFacts['type'],
    protocol: text(stats, 'protocol') === 'tcp' ? 'tcp' : 'udp',
    ...optional('address', text(stats, 'address') || undefined),
    ...optional('port', number(stats, 'port')),
    ...optional('relayProtocol', relayProtocol as TurnTransport | undefined),
    ...optional('url', text(stats, 'url') || undefined),
  };
}

/** By the host in `turn:host:port?transport=udp` (RFC 7065), where it is an address. */
export const familyOfRelay = (url: string | undefined): MeasuredPath['family'] =>
  familyOf(/^turns?:(\[[^\]]*\]|[^:?]*)/.exec(url ?? '')?.[1]);

/** Undefined for names, whose family only the browser knows. */
function familyOf(address: string | undefined): MeasuredPath['family'] {
  if (address?.includes(':') === true) return 'IPv6';
  return /^\d+(\.\d+){3}$/.test(address ?? '') && address !== '0.0.0.0' ? 'IPv4' : undefined;
}

/** What is known of the path, as the gateway's timeline takes it. */
export function reportOfPath({ codec, candidateType, transport, roundTripMs }: MeasuredPath): CallReport {
  return {
    ...optional('codec', codec),
    ...optional('candidateType', candidateType),
    ...optional('protocol', transport),
    ...optional('roundTripMs', roundTripMs),
  };
}

function number(stats: object | undefined, name: string): number | undefined {
  const value = (stats as Stats | undefined)?.[name];
  return typeof value === 'number' ? value : undefined;
}

const count = (stats: object | undefined, name: string): number => number(stats, name) ?? 0;

function text(stats: object | undefined, name: string): string | undefined {
  const value = (stats as Stats | undefined)?.[name];
  return typeof value === 'string' ? value : undefined;
}
