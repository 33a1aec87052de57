import type { Millis } from '@earshot/base';
import type { LegName } from './leg.js';

/**
 * Figures of one interval, about a second. Counts (packets, bytes, samples, energy, seconds) are what was added in the
 * interval; delays and levels are as they were at its end. A figure that the source does not say is left out; one that is
 * said and is nothing is 0.
 */
export interface BrowserFigures {
  /** Length of the interval in ms. */
  readonly ms: number;

  // inbound-rtp: what arrives from the gateway
  readonly packetsReceived?: number;
  readonly bytesReceived?: number;
  /** May be negative: late packets come back. */
  readonly packetsLost?: number;
  readonly packetsDiscarded?: number;
  readonly jitterMs?: number;
  /** Samples that were played. */
  readonly samplesReceived?: number;
  readonly concealedSamples?: number;
  readonly silentConcealedSamples?: number;
  readonly concealmentEvents?: number;
  /** Mean time that samples of this interval waited in the jitter buffer. */
  readonly jitterBufferMs?: number;
  /** totalAudioEnergy and totalSamplesDuration (s) of the received audio. */
  readonly remoteEnergy?: number;
  readonly remoteSeconds?: number;
  readonly decoder?: string;

  // outbound-rtp and media-source: what leaves
  readonly packetsSent?: number;
  readonly bytesSent?: number;
  readonly targetBitrate?: number;
  /** Absent: there is no media-source, that is no track. */
  readonly micEnergy?: number;
  readonly micSeconds?: number;

  // remote-inbound-rtp: what the gateway reports of ours
  readonly remotePacketsLost?: number;
  readonly remoteJitterMs?: number;
  /** By RTCP. */
  readonly roundTripMs?: number;

  // candidate-pair and transport
  /** By STUN checks. */
  readonly pairRoundTripMs?: number;
  readonly checksSent?: number;
  readonly checksAnswered?: number;
  readonly availableBitrate?: number;
  readonly transportBytesSent?: number;
  readonly transportBytesReceived?: number;
  readonly dtlsState?: string;

  // media-playout
  /** Samples made up since the sound card asked for more than there was. */
  readonly synthesizedSeconds?: number;
  readonly playoutDelayMs?: number;

  // the page
  readonly hidden?: boolean;
  /** How much later than planned this sample was taken. */
  readonly lateMs?: number;
  /** Root mean square of microphone and received audio in the page, 0 to 1, where a meter runs. */
  readonly micLevel?: number;
  readonly remoteLevel?: number;
}

/** What the gateway, or whoever captured packets, counted of one leg: received is from that leg's remote. */
export interface LegFigures {
  /** Length of the interval in ms. */
  readonly ms: number;
  readonly codec?: string;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
  readonly packetsLost: number;
  readonly jitterMs: number;
  /** Longest time between two packets that arrived one after the other. */
  readonly maxGapMs?: number;
  /** Losses that came in runs: the number of runs, and the longest in packets. */
  readonly lossRuns?: number;
  readonly longestLoss?: number;
  readonly packetsSent: number;
  readonly bytesSent: number;
  /** Of ours, by the remote's RTCP. */
  readonly remotePacketsLost?: number;
  readonly remoteJitterMs?: number;
  readonly roundTripMs?: number;
  readonly srtpAuthFailures?: number;
  readonly srtpReplays?: number;
  /** Packets of payload types that were not agreed on. */
  readonly packetsRefused?: number;
  /** Lost packets whose sound came all the same: inside later ones (RFC 2198), or by in-band error correction. */
  readonly packetsRecovered?: number;
  /** Packets that could not be decoded. */
  readonly packetsUndecodable?: number;
  /** Mean level of the received audio in dBov (0 loudest, -127 digital silence), of packets looked at now and then. */
  readonly levelDb?: number;
  /** Packets that came from a place that the leg does not listen to. */
  readonly packetsForeign?: number;
}

/**
 * One sample on the wire: `atMs` counts from the moment the call was asked for and stands at the end of the interval.
 * packetsDiscarded, silentConcealedSamples, concealmentEvents, remotePacketsLost, synthesizedSeconds, hidden and lateMs
 * (below 50) are left out also where they are 0. The first sample counts since the connection began; its `ms` is 0.
 */
export interface BrowserSample extends BrowserFigures {
  readonly atMs: number;
}

/** A sample of a call's timeline. `at`: Unix time in ms by the gateway's clock, at the end of the interval. */
export type Sample =
  | { readonly at: Millis; readonly source: 'browser'; readonly leg: LegName; readonly figures: BrowserFigures }
  | { readonly at: Millis; readonly source: 'gateway'; readonly leg: LegName; readonly figures: LegFigures };
