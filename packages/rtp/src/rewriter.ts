import type { Millis } from '@earshot/base';
import {
  rtpSequenceNumber,
  rtpSsrc,
  rtpTimestamp,
  setRtpSequenceNumber,
  setRtpSsrc,
  setRtpTimestamp,
} from './header.js';
import type { OutgoingStream } from './outgoing-stream.js';

/** RFC 3550 appendix A.1. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** Packets of the previous SSRC this soon after a change are stragglers, not a change back. */
const STRAGGLER_MS = 200;
/** A timestamp that moves this much more, or less, than time went by has jumped: its source started a new timeline. */
const TIMESTAMP_JUMP_MS = 5000;
/** A power of two above MAX_MISORDER. */
const SEEN_WINDOW = 128;

/**
 * Carries packets of changing sources into one OutgoingStream. Within a source, sequence numbers keep their
 * distances, so that the receiver sees loss as it happened and late packets fill their own gap. Where the source
 * changes its SSRC, restarts or jumps, the numbering goes on without a gap and the timestamp by the time that went by.
 *
 * `map...` returns false for a packet that must not be sent: a duplicate, a packet from before a change, or the first
 * of an unexplained jump (it is believed once a second one follows it: RFC 3550 A.1). Otherwise `sequence` and
 * `timestamp` hold what to send.
 */
export class RtpRewriter {
  readonly #out: OutgoingStream;
  sequence = 0;
  timestamp = 0;

  #started = false;
  #ssrc = 0;
  #previousSsrc = -1;
  #switchedAt: Millis = 0;
  /** Highest source sequence number of this epoch, extended past 16 bits; the epoch's first one is the floor. */
  #highest = 0;
  #floor = 0;
  /** out = in + delta. */
  #delta = 0;
  #insertions = 0;
  #expectedAfterJump = -1;
  readonly #seen = new Float64Array(SEEN_WINDOW);

  #timelineKnown = false;
  #sourceTimestamp = 0;
  #baseTimestamp = 0;
  /** Source ticks since the base, extended past 32 bits. */
  #ticks = 0;
  #inRate = 0;
  #outRate = 0;
  #audioAt: Millis = 0;

  constructor(out: OutgoingStream) {
    this.#out = out;
  }

  /** Maps an audio packet. Rates in Hz: the source's clock and the one to send with. */
  map(ssrc: number, sequence: number, timestamp: number, inRate: number, outRate: number, now: Millis): boolean {
    if (!this.mapSequence(ssrc, sequence, now)) return false;
    this.#mapTimestamp(timestamp, inRate, outRate, now);
    return true;
  }

  /** Maps the number alone, for packets beside the audio's timeline (RFC 4733 events). */
  mapSequence(ssrc: number, sequence: number, now: Millis): boolean {
    if (!this.#started) {
      this.#begin(ssrc, sequence);
    } else if (ssrc !== this.#ssrc) {
      if (ssrc === this.#previousSsrc && now - this.#switchedAt < STRAGGLER_MS) return false;
      this.#previousSsrc = this.#ssrc;
      this.#switchedAt = now;
      this.#begin(ssrc, sequence);
    } else if (this.#out.insertions !== this.#insertions) {
      // Numbers were inserted after #highest: what comes later moves up, what comes late has lost its place.
      this.#delta += this.#out.insertions - this.#insertions;
      this.#insertions = this.#out.insertions;
      this.#floor = this.#highest + 1;
    }
    const step = ((sequence - this.#highest) << 16) >> 16;
    if (step > 0 ? step >= MAX_DROPOUT : step <= -MAX_MISORDER) {
      if (sequence !== this.#expectedAfterJump) {
        this.#expectedAfterJump = (sequence + 1) & 0xffff;
        return false;
      }
      this.#begin(ssrc, sequence);
      return this.#accept(sequence);
    }
    this.#expectedAfterJump = -1;
    return this.#accept(this.#highest + step);
  }

  /** Withdraws the number of the packet just mapped, which is not sent after all, so that it leaves no gap. */
  skip(): void {
    if (this.sequence !== this.#out.sequence) return;
    this.#out.sequence = (this.#out.sequence - 1) & 0xffff;
    this.#delta -= 1;
    this.#floor = this.#highest + 1;
  }

  /** Forgets the source: the next packet continues the stream as after a change of source. */
  restart(): void {
    this.#started = false;
  }

  /** Maps the packet at `offset` and rewrites SSRC, sequence number and timestamp in place. False: do not send it. */
  rewrite(bytes: Uint8Array, now: Millis, inRate: number, outRate = inRate, offset = 0): boolean {
    const mapped = this.map(
      rtpSsrc(bytes, offset),
      rtpSequenceNumber(bytes, offset),
      rtpTimestamp(bytes, offset),
      inRate,
      outRate,
      now,
    );
    if (!mapped) return false;
    setRtpSsrc(bytes, this.#out.ssrc, offset);
    setRtpSequenceNumber(bytes, this.sequence, offset);
    setRtpTimestamp(bytes, this.timestamp, offset);
    return true;
  }

  #begin(ssrc: number, sequence: number): void {
    this.#started = true;
    this.#ssrc = ssrc;
    this.#highest = sequence - 1;
    this.#floor = sequence;
    this.#delta = this.#out.sequence + 1 - sequence;
    this.#insertions = this.#out.insertions;
    this.#expectedAfterJump = -1;
    this.#timelineKnown = false;
    this.#seen.fill(-1);
  }

  /** `extended` is the source's number without wrap; it may be negative for stragglers around an epoch's start. */
  #accept(extended: number): boolean {
    if (extended < this.#floor) return false;
    const slot = extended & (SEEN_WINDOW - 1);
    if (this.#seen[slot] === extended) return false;
    this.#seen[slot] = extended;
    this.sequence = (extended + this.#delta) & 0xffff;
    if (extended > this.#highest) {
      this.#highest = extended;
      this.#out.sequence = this.sequence;
    }
    return true;
  }

  #mapTimestamp(timestamp: number, inRate: number, outRate: number, now: Millis): void {
    const step = (timestamp - this.#sourceTimestamp) | 0;
    const jumped = Math.abs((step * 1000) / inRate - (now - this.#audioAt)) > TIMESTAMP_JUMP_MS;
    if (!this.#timelineKnown || jumped || inRate !== this.#inRate || outRate !== this.#outRate) {
      this.#timelineKnown = true;
      this.#inRate = inRate;
      this.#outRate = outRate;
      this.#baseTimestamp = this.#out.timestampAt(now, outRate);
      this.#ticks = 0;
    } else {
      this.#ticks += step;
    }
    this.#sourceTimestamp = timestamp;
    this.#audioAt = now;
    this.timestamp = (this.#baseTimestamp + Math.round((this.#ticks * outRate) / inRate)) >>> 0;
  }
}
