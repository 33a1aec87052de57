import { createHash } from 'node:crypto';
import type { Millis } from '@earshot/base';
import type { LegFigures, LegName } from '@earshot/telemetry';
import { codecClass } from '../facts.js';

/** Seconds between the epochs of NTP (1900) and Unix (RFC 5905 section 6). */
const NTP_OFFSET = 2_208_988_800;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;

/** RTP timestamps of a second. G.722 counts 8000 as well, for its own reasons (RFC 3551 section 4.5.2). */
const CLOCK = { opus: 48_000, g711: 8_000, other: 8_000 } as const;

/** A report as Homer keeps it: the fields of RFC 3550 section 6.4, by the names that its agents use. */
export interface RtcpReport {
  readonly sender_information?: {
    readonly ntp_timestamp_sec: number;
    /** The lower half of the NTP time stamp, whatever its name says. */
    readonly ntp_timestamp_usec: number;
    readonly octets: number;
    readonly rtp_timestamp: number;
    readonly packets: number;
  };
  readonly ssrc: number;
  readonly type: number;
  readonly report_count: 1;
  readonly report_blocks: readonly [
    {
      readonly source_ssrc: number;
      readonly highest_seq_no: number;
      readonly fraction_lost: number;
      readonly ia_jitter: number;
      readonly packets_lost: number;
      readonly lsr: number;
      readonly dlsr: number;
    },
  ];
}

/**
 * Sums up the figures of one leg between two reports. What the gateway does not count is 0 (sequence numbers, RTP
 * timestamps, LSR, DLSR); SSRCs are made from the id of the call and tell streams apart.
 */
export class RtcpTally {
  readonly #ours: number;
  readonly #theirs: number;
  #packetsSent = 0;
  #bytesSent = 0;
  #lost = 0;
  #remoteLost = 0;
  #interval = { received: 0, lost: 0, sent: 0, remoteLost: 0 };
  #jitter = 0;
  #remoteJitter: number | undefined;
  #reportedAt: Millis | undefined;

  constructor(callId: string, leg: LegName) {
    this.#ours = ssrcOf(`${callId} ${leg} gateway`);
    this.#theirs = ssrcOf(`${callId} ${leg} remote`);
  }

  /** Since the last report, or since the first figures. */
  ageAt(at: Millis): Millis {
    return at - (this.#reportedAt ?? at);
  }

  add(at: Millis, figures: LegFigures): void {
    this.#reportedAt ??= at - figures.ms;
    this.#packetsSent += figures.packetsSent;
    this.#bytesSent += figures.bytesSent;
    this.#lost += figures.packetsLost;
    this.#interval.received += figures.packetsReceived;
    this.#interval.lost += figures.packetsLost;
    this.#interval.sent += figures.packetsSent;
    const clock = CLOCK[codecClass(figures.codec)] / 1000;
    this.#jitter = figures.jitterMs * clock;
    if (figures.remotePacketsLost !== undefined || figures.remoteJitterMs !== undefined) {
      this.#remoteJitter = (figures.remoteJitterMs ?? 0) * clock;
      this.#remoteLost += figures.remotePacketsLost ?? 0;
      this.#interval.remoteLost += figures.remotePacketsLost ?? 0;
    }
  }

  /** What the gateway says of the stream it receives, with what it sent; and what the remote says of that, if it did. */
  report(at: Millis): { readonly ours: RtcpReport; readonly theirs?: RtcpReport } {
    const { received, lost, sent, remoteLost } = this.#interval;
    const ours: RtcpReport = {
      sender_information: {
        ntp_timestamp_sec: (Math.floor(at / 1000) + NTP_OFFSET) >>> 0,
        ntp_timestamp_usec: Math.floor(((at % 1000) / 1000) * 2 ** 32),
        octets: this.#bytesSent,
        rtp_timestamp: 0,
        packets: this.#packetsSent,
      },
      ssrc: this.#ours,
      type: SENDER_REPORT,
      report_count: 1,
      report_blocks: [block(this.#theirs, lost, received + lost, this.#lost, this.#jitter)],
    };
    const jitter = this.#remoteJitter;
    this.#interval = { received: 0, lost: 0, sent: 0, remoteLost: 0 };
    this.#remoteJitter = undefined;
    this.#reportedAt = at;
    if (jitter === undefined) return { ours };
    const theirs: RtcpReport = {
      ssrc: this.#theirs,
      type: RECEIVER_REPORT,
      report_count: 1,
      report_blocks: [block(this.#ours, remoteLost, sent, this.#remoteLost, jitter)],
    };
    return { ours, theirs };
  }
}

function block(ssrc: number, lost: number, expected: number, lostInAll: number, jitter: number) {
  // Duplicates make it negative, which is said as nothing (RFC 3550 section 6.4.1).
  const fraction = expected <= 0 ? 0 : Math.max(0, Math.min(255, Math.floor((lost / expected) * 256)));
  return {
    source_ssrc: ssrc,
    highest_seq_no: 0,
    fraction_lost: fraction,
    ia_jitter: Math.round(jitter),
    packets_lost: lostInAll,
    lsr: 0,
    dlsr: 0,
  };
}

const ssrcOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0);
