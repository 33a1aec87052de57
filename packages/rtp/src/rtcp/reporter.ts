import type { Millis } from '@earshot/base';
import type { OutgoingStream } from '../outgoing-stream.js';
import type { ReceptionStatistics } from '../reception.js';
import { buildRtcp, parseRtcp, type ReportBlock, type RtcpCompound, type RtcpContent } from './compound.js';
import { middleOfNtp, toNtp } from './ntp.js';

/** RFC 3550 section 6.2: the smallest regular interval. */
const MIN_INTERVAL_MS = 5000;
/** Early, because the first report is the proof that the other side receives us. */
const FIRST_REPORT_MS = 500;
/** e - 3/2: makes up for the timer reconsideration that shortens intervals (section 6.3.1). */
const COMPENSATION = 1.21828;
/** Sender reports of ours that a report may still refer to. */
const REMEMBERED_REPORTS = 8;
/** A round trip above this is a stale or forged reference. */
const MAX_ROUND_TRIP_MS = 60_000;

export interface RtcpReporterOptions {
  /** Our own SSRC: the one of the outgoing stream. */
  readonly ssrc: number;
  /** Random, the same for the whole call (RFC 7022 section 4.2); at most 255 octets. */
  readonly cname: string;
  readonly now: Millis;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Mean interval. */
  readonly intervalMs?: Millis;
  /** When the first report leaves, after `now`. */
  readonly firstReportMs?: Millis;
}

/** What the remote says about the stream we send. */
export interface ReceiverView {
  /** Since its previous report, 0 to 1. */
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  /** Extended by cycles. */
  readonly highestSequence: number;
  /** Of our stream's clock. */
  readonly jitterTicks: number;
  /** Undefined until it refers to a sender report of ours. */
  readonly roundTripMs?: number;
}

export interface RtcpOutcome {
  /** The report about our SSRC, if there is one: the proof that the remote receives us. */
  readonly reportForUs?: ReceiverView;
  /** The remote reports about somebody, or about nobody: it speaks RTCP. */
  readonly compound: RtcpCompound;
  readonly bye: boolean;
}

/**
 * Sender and receiver reports of one leg (RFC 3550 section 6), sans-IO: `poll` gives the compound packet that is due,
 * `handle` takes the remote's. A leg has two participants, so the interval is the fixed minimum, randomised
 * (section 6.2); the bandwidth share never binds.
 */
export class RtcpReporter {
  /** The remote sent reports, and how many spoke of our stream. */
  received = 0;
  receivedForUs = 0;
  readonly #ssrc: number;
  readonly #cname: string;
  readonly #random: () => number;
  readonly #intervalMs: Millis;
  #nextAt: Millis;
  /** Middle NTP words of our sender reports, newest last. */
  readonly #sent: number[] = [];
  #packetsReported = 0;
  #lastSenderReport = 0;
  #lastSenderReportAt: Millis = 0;
  #lastSenderSsrc = -1;

  constructor({ ssrc, cname, now, random, intervalMs, firstReportMs }: RtcpReporterOptions) {
    this.#ssrc = ssrc;
    this.#cname = cname;
    this.#random = random;
    this.#intervalMs = intervalMs ?? MIN_INTERVAL_MS;
    this.#nextAt = now + (firstReportMs ?? FIRST_REPORT_MS);
  }

  /** When `poll` has a report. */
  get nextAt(): Millis {
    return this.#nextAt;
  }

  /** The compound packet due at `now`; undefined when none is. */
  poll(now: Millis, stream?: OutgoingStream, reception?: ReceptionStatistics): Uint8Array | undefined {
    if (now < this.#nextAt) return undefined;
    this.#nextAt = now + (this.#intervalMs * (0.5 + this.#random())) / COMPENSATION;
    return this.#build(now, stream, reception, false);
  }

  /** The last compound packet of a leg, with BYE (section 6.6). */
  bye(now: Millis, stream?: OutgoingStream, reception?: ReceptionStatistics): Uint8Array {
    return this.#build(now, stream, reception, true);
  }

  /** Takes a compound packet of the remote; undefined when it is malformed. */
  handle(bytes: Uint8Array, now: Millis): RtcpOutcome | undefined {
    const parsed = parseRtcp(bytes);
    if (!parsed.ok) return undefined;
    const compound = parsed.value;
    this.received += 1;
    const sender = compound.senders[0];
    if (sender !== undefined) {
      this.#lastSenderReport = middleOfNtp(sender.ntp);
      this.#lastSenderReportAt = now;
      this.#lastSenderSsrc = sender.ssrc;
    }
    const bye = compound.goodbyes.length > 0;
    const block = compound.reports.find((report) => report.ssrc === this.#ssrc);
    if (block === undefined) return { compound, bye };
    this.receivedForUs += 1;
    return { reportForUs: this.#view(block, now), compound, bye };
  }

  #view(block: ReportBlock, now: Millis): ReceiverView {
    const view = {
      fractionLost: block.fractionLost / 256,
      cumulativeLost: block.cumulativeLost,
      highestSequence: block.highestSequence,
      jitterTicks: block.jitter,
    };
    if (!this.#sent.includes(block.lastSenderReport)) return view;
    // RFC 3550 section 6.4.1: arrival - LSR - DLSR, modulo the 18 hours of the middle words.
    const ticks = (middleOfNtp(toNtp(now)) - block.lastSenderReport - block.delaySinceLastSenderReport) | 0;
    const roundTripMs = (ticks * 1000) / 65536;
    if (roundTripMs > MAX_ROUND_TRIP_MS || roundTripMs < -1) return view;
    return { ...view, roundTripMs: Math.max(0, roundTripMs) };
  }

  #build(
    now: Millis,
    stream: OutgoingStream | undefined,
    reception: ReceptionStatistics | undefined,
    bye: boolean,
  ): Uint8Array {
    const content: RtcpContent = {
      ssrc: this.#ssrc,
      cname: this.#cname,
      reports: reception?.valid === true ? [this.#reportOn(reception, now)] : [],
      bye,
    };
    // Section 6.4: SR by those who sent since their last report, RR by the others.
    if (stream === undefined || stream.packets === this.#packetsReported) return buildRtcp(content);
    this.#packetsReported = stream.packets;
    const ntp = toNtp(now);
    this.#sent.push(middleOfNtp(ntp));
    if (this.#sent.length > REMEMBERED_REPORTS) this.#sent.shift();
    const elapsed = Math.round(((now - stream.sentAt) * stream.clockRate) / 1000);
    const rtpTimestamp = (stream.timestamp + elapsed) >>> 0;
    return buildRtcp({ ...content, sender: { ntp, rtpTimestamp, packets: stream.packets, octets: stream.octets } });
  }

  #reportOn(reception: ReceptionStatistics, now: Millis): ReportBlock {
    const known = this.#lastSenderSsrc === reception.ssrc;
    return {
      ssrc: reception.ssrc,
      fractionLost: reception.takeFractionLost(),
      cumulativeLost: reception.cumulativeLost,
      highestSequence: reception.highestSequence,
      jitter: reception.jitter,
      lastSenderReport: known ? this.#lastSenderReport : 0,
      delaySinceLastSenderReport: known ? Math.round(((now - this.#lastSenderReportAt) * 65536) / 1000) : 0,
    };
  }
}
