import type { LegMedia, Millis } from '@earshot/base';
import { rtpHeaderLength, rtpPayloadEnd, rtpPayloadType, rtpSequenceNumber, rtpSsrc, rtpTimestamp } from './header.js';
import { ExtendedSequence, type SequenceVerdict } from './sequence.js';

/** RTP clock in Hz by payload type; 0 where a type is unknown or keeps no regular time (telephone-event). */
export type PayloadClocks = Uint32Array;

export function payloadClocks(media: LegMedia): PayloadClocks {
  const clocks = new Uint32Array(128);
  for (const codec of media.codecs) clocks[codec.payloadType & 0x7f] = codec.clockRate;
  const { red } = media;
  if (red !== undefined) clocks[red.payloadType & 0x7f] = clocks[red.of & 0x7f] as number;
  return clocks;
}

/** No queue is that long: the source began a new timeline. */
const MAX_DELAY_MS = 20_000;
/** Cumulative loss is a signed 24-bit field (RFC 3550 section 6.4.1). */
const MAX_LOST = 0x7fffff;

/**
 * What arrives from one remote: loss, jitter and counts as RFC 3550 defines them (sections 6.4.1, A.3, A.8). The SSRC
 * may change in mid-stream; figures of a report are of the current source, counters of the whole life of the leg.
 */
export class ReceptionStatistics {
  /** Of the current source; -1 before the first packet. */
  ssrc = -1;
  packets = 0;
  /** Payload octets. */
  bytes = 0;
  duplicates = 0;
  reordered = 0;
  /** How often the source changed its SSRC or restarted its numbering. */
  restarts = 0;
  lastArrivalAt: Millis = -1;
  lastPayloadType = -1;
  /** Losses that came in runs. One packet that only came out of order is none. */
  lossRuns = 0;
  /** Since `beginInterval`: the longest time between two packets, in ms, and the longest run of losses, in packets. */
  maxGapMs: Millis = 0;
  longestLoss = 0;
  /**
   * Since `beginInterval`: how much longer the quickest packet took than the first one of its source did, in ms; undefined
   * where none came. The clocks of both ends are in it: it is their growth that says something.
   */
  delayMs: Millis | undefined;
  #firstTransit = 0;
  #lastRun = 0;
  readonly #clocks: PayloadClocks;
  #sequence = new ExtendedSequence();
  /** Lost and expected of earlier sources. */
  #lostBefore = 0;
  #expectedBefore = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  /** In timestamp units (A.8). */
  #jitter = 0;
  #clockRate = 0;
  #transit = 0;
  #transitKnown = false;

  constructor(clocks: PayloadClocks) {
    this.#clocks = clocks;
  }

  /** Counts the RTP packet at `offset`; undefined when it is not valid RTP (nothing is counted then). */
  receive(packet: Uint8Array, length: number, now: Millis, offset = 0): SequenceVerdict | undefined {
    const header = rtpHeaderLength(packet, length, offset);
    if (header < 0) return undefined;
    const ssrc = rtpSsrc(packet, offset);
    if (ssrc !== this.ssrc) this.#changeSource(ssrc);
    const payloadType = rtpPayloadType(packet, offset);
    this.lastPayloadType = payloadType;
    const size = rtpPayloadEnd(packet, length, offset) - offset - header;
    const clockRate = this.#clocks[payloadType] ?? 0;
    return this.update(rtpSequenceNumber(packet, offset), rtpTimestamp(packet, offset), now, size, clockRate);
  }

  /** `clockRate` in Hz; 0 leaves the packet out of the jitter. `size` in octets of payload. */
  update(sequence: number, timestamp: number, now: Millis, size: number, clockRate: number): SequenceVerdict {
    this.packets += 1;
    this.bytes += size;
    if (this.lastArrivalAt >= 0 && now - this.lastArrivalAt > this.maxGapMs) this.maxGapMs = now - this.lastArrivalAt;
    this.lastArrivalAt = now;
    const { highest } = this.#sequence;
    const lost = this.#sequence.expected - this.#sequence.received;
    const expected = this.#sequence.expected;
    const verdict = this.#sequence.update(sequence);
    if (verdict === 'duplicate') this.duplicates += 1;
    else if (verdict === 'reordered') this.#takeBack();
    else if (verdict === 'in-order') this.#noteRun(this.#sequence.highest - highest - 1);
    else if (verdict === 'restart') this.#retire(lost, expected);
    if (clockRate > 0 && verdict !== 'duplicate' && verdict !== 'jump') this.#updateJitter(timestamp, now, clockRate);
    return verdict;
  }

  /** What is said of intervals begins anew. */
  beginInterval(): void {
    this.maxGapMs = 0;
    this.longestLoss = 0;
    this.delayMs = undefined;
  }

  #noteRun(missing: number): void {
    if (missing <= 0) return;
    this.lossRuns += 1;
    this.#lastRun = missing;
    if (missing > this.longestLoss) this.longestLoss = missing;
  }

  /** The run of one that it was taken for is none. */
  #takeBack(): void {
    this.reordered += 1;
    if (this.#lastRun !== 1) return;
    this.#lastRun = 0;
    this.lossRuns -= 1;
    if (this.longestLoss === 1) this.longestLoss = 0;
  }

  /** Packets that should have arrived, over all sources. */
  get expected(): number {
    return this.#expectedBefore + this.#sequence.expected;
  }

  /** Packets that did not arrive, over all sources; never negative (duplicates count as received, A.3). */
  get lost(): number {
    return Math.max(0, this.#lostBefore + this.#sequence.expected - this.#currentReceived);
  }

  get jitterMs(): number {
    return this.#clockRate === 0 ? 0 : (this.#jitter * 1000) / this.#clockRate;
  }

  /** Interarrival jitter in timestamp units, as a report carries it. */
  get jitter(): number {
    return Math.floor(this.#jitter);
  }

  /** Extended highest sequence number received, 32 bits. The first cycle is 0. */
  get highestSequence(): number {
    return this.#sequence.valid ? (this.#sequence.highest - 0x10000) >>> 0 : 0;
  }

  /** Loss of the current source as the signed 24-bit field of a report. */
  get cumulativeLost(): number {
    const lost = this.#sequence.expected - this.#currentReceived;
    return Math.max(-MAX_LOST - 1, Math.min(MAX_LOST, lost));
  }

  /** True once a source is believed, so that there is something to report. */
  get valid(): boolean {
    return this.#sequence.valid;
  }

  /** Fraction lost since the last call, in 1/256 (A.3). Called once for each report sent. */
  takeFractionLost(): number {
    const expected = this.#sequence.expected - this.#expectedPrior;
    const received = this.#currentReceived - this.#receivedPrior;
    this.#expectedPrior = this.#sequence.expected;
    this.#receivedPrior = this.#currentReceived;
    const lost = expected - received;
    return expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected));
  }

  get #currentReceived(): number {
    return this.#sequence.valid ? this.#sequence.received : 0;
  }

  #changeSource(ssrc: number): void {
    if (this.ssrc >= 0) {
      this.#retire(this.#sequence.expected - this.#currentReceived, this.#sequence.expected);
      this.#sequence = new ExtendedSequence();
    }
    this.ssrc = ssrc;
  }

  #retire(lost: number, expected: number): void {
    this.restarts += 1;
    this.#lostBefore += Math.max(0, lost);
    this.#expectedBefore += expected;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
    this.#transitKnown = false;
  }

  #updateJitter(timestamp: number, now: Millis, clockRate: number): void {
    // Modulo 2^32, as the timestamp is: only differences of transit times matter.
    const transit = (((Math.round((now * clockRate) / 1000) % 0x100000000) | 0) - timestamp) | 0;
    if (this.#transitKnown && clockRate === this.#clockRate) {
      this.#jitter += (Math.abs((transit - this.#transit) | 0) - this.#jitter) / 16;
    } else {
      // A jitter in ticks of another clock keeps its meaning in time.
      if (this.#clockRate !== 0) this.#jitter *= clockRate / this.#clockRate;
      this.#clockRate = clockRate;
      this.#transitKnown = true;
      this.#firstTransit = transit;
    }
    this.#transit = transit;
    const delay = (((transit - this.#firstTransit) | 0) * 1000) / clockRate;
    if (Math.abs(delay) > MAX_DELAY_MS) this.#firstTransit = transit;
    else if (this.delayMs === undefined || delay < this.delayMs) this.delayMs = delay;
  }
}
