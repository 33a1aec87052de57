import type { Millis } from '@earshot/base';
import type { AudioDecoder, AudioEncoder, EncoderPlan } from './codecs/audio-codec.js';
import type { LevelMeter } from './level.js';
import type { RtpPacketizer } from './packetizer.js';

/** RFC 3550 appendix A.1. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** More loss than this at once is left silent: neither FEC nor concealment reaches further. */
const MAX_CONCEALED_MS = 120;
/** The largest packet of any codec here (Opus, RFC 6716 section 3.2.5). */
const MAX_PACKET_MS = 120;
/** A timestamp that differs from the time that went by as much as this belongs to a new timeline. */
const TIMELINE_JUMP_MS = 5000;
const SHORTEST_PTIME_MS = 10;
const LONGEST_PTIME_MS = 60;
/** Concealment comes in multiples of 2.5 ms (RFC 6716 section 2.1.4). */
const CONCEALMENT_UNITS_PER_SECOND = 400;

export interface AudioTranscoderOptions {
  readonly decoder: AudioDecoder;
  /** At the decoder's sample rate: nothing is resampled. */
  readonly encoder: AudioEncoder;
  /** Of the source's timestamps, in Hz (48000 for Opus, whatever rate it is decoded at). */
  readonly sourceClockRate: number;
  /** Duration of the packets to send: 10, 20, 40 or 60 ms when encoding Opus. */
  readonly ptimeMs: number;
  readonly packetizer: RtpPacketizer;
  /** Looks at what was decoded now and then. */
  readonly meter?: LevelMeter | undefined;
}

/** One packet of so many is looked at: levels of speech need no more. */
const MEASURED_OF = 10;

/**
 * One direction of transcoding: source packets of any duration in, packets of `ptimeMs` out, decoded and encoded as
 * they come. It is no jitter buffer: each packet is forwarded at once. A gap is filled when the packet after it
 * arrives (Opus by its in-band FEC, else by concealment), so that the far side hears continuous audio; a packet that
 * comes after its gap was filled is dropped. Pauses of the source (DTX) stay pauses.
 */
export class AudioTranscoder {
  /** Of the audio made up for lost packets. */
  concealedMs = 0;
  /** Lost packets whose sound the next one carried as well. */
  recovered = 0;
  /** Whether the newest packet could be decoded. */
  decoded = true;
  readonly #meter: LevelMeter | undefined;
  #untilMeasured = 0;
  readonly #decoder: AudioDecoder;
  readonly #encoder: AudioEncoder;
  readonly #packetizer: RtpPacketizer;
  readonly #sourceClockRate: number;
  /** Samples of a packet to send. */
  #frame: number;
  /** Samples decoded and not sent yet. */
  readonly #pcm: Int16Array;
  #fill = 0;
  #started = false;
  #nextSequence = 0;
  #nextTimestamp = 0;
  #heardAt: Millis = 0;
  #expectedAfterJump = -1;

  /** Throws a TypeError when the codecs differ in sample rate: a mistake of the caller. */
  constructor({ decoder, encoder, sourceClockRate, ptimeMs, packetizer, meter }: AudioTranscoderOptions) {
    if (decoder.sampleRate !== encoder.sampleRate) throw new TypeError('decoder and encoder differ in sample rate');
    this.#meter = meter;
    this.#decoder = decoder;
    this.#encoder = encoder;
    this.#packetizer = packetizer;
    this.#sourceClockRate = sourceClockRate;
    this.#frame = this.#frameOf(ptimeMs);
    this.#pcm = new Int16Array(this.#samples(LONGEST_PTIME_MS + MAX_CONCEALED_MS + MAX_PACKET_MS));
  }

  /**
   * Sends packets of `ptimeMs`, so encoded and with `red` earlier frames each, from now on. What is decoded and not sent
   * yet is in the first of them.
   */
  follow(ptimeMs: number, plan: EncoderPlan, red: 0 | 1 | 2 = 0, redPayloadType = 0): void {
    this.#frame = this.#frameOf(ptimeMs);
    this.#encoder.follow?.(plan);
    this.#packetizer.redundant(red, redPayloadType);
  }

  #frameOf(ptimeMs: number): number {
    return this.#samples(Math.max(SHORTEST_PTIME_MS, Math.min(ptimeMs, LONGEST_PTIME_MS)));
  }

  /** Takes the audio packet with `payload[start, end)`. False when it was late, repeated or a jump: it is not heard. */
  push(sequence: number, timestamp: number, payload: Uint8Array, start: number, end: number, now: Millis): boolean {
    const lost = this.#step(sequence);
    if (lost < 0) return false;
    if (this.#started) this.#bridgeGap(lost, timestamp, payload, start, end, now);
    const samples = this.#decoder.decode(payload, start, end, this.#pcm, this.#fill);
    this.decoded = samples > 0;
    this.#measure(samples);
    this.#heardAt = now;
    this.#nextSequence = (sequence + 1) & 0xffff;
    this.#started = true;
    const ms = this.#milliseconds(samples);
    // A payload that could not be decoded leaves the timeline behind: the next packet makes it a pause.
    this.#nextTimestamp = (timestamp + Math.round((ms * this.#sourceClockRate) / 1000)) >>> 0;
    this.#fill += samples;
    this.#send(now);
    return true;
  }

  #measure(samples: number): void {
    if (this.#meter === undefined) return;
    this.#untilMeasured -= 1;
    if (this.#untilMeasured > 0) return;
    this.#untilMeasured = MEASURED_OF;
    this.#meter.pcm(this.#pcm, this.#fill, samples);
  }

  /** A number of the source that carried no audio (a telephone-event): it is not a loss. */
  pass(sequence: number): void {
    if (this.#started && this.#step(sequence) >= 0) this.#nextSequence = (sequence + 1) & 0xffff;
  }

  /** The next packet comes from another source, or after a break: nothing before it is missed. */
  restart(): void {
    this.#started = false;
    this.#expectedAfterJump = -1;
    this.#fill = 0;
    this.#packetizer.resync();
  }

  /** Frees both codecs. */
  free(): void {
    this.#decoder.free();
    this.#encoder.free();
  }

  /** How many packets are missing before this one; -1 when it is to be dropped. */
  #step(sequence: number): number {
    if (!this.#started) return 0;
    const ahead = ((sequence - this.#nextSequence) << 16) >> 16;
    if (ahead >= 0 && ahead < MAX_DROPOUT) {
      this.#expectedAfterJump = -1;
      return ahead;
    }
    if (ahead < 0 && ahead > -MAX_MISORDER) return -1;
    if (sequence !== this.#expectedAfterJump) {
      this.#expectedAfterJump = (sequence + 1) & 0xffff;
      return -1;
    }
    this.restart();
    return 0;
  }

  #bridgeGap(lost: number, timestamp: number, payload: Uint8Array, start: number, end: number, now: Millis): void {
    const gapMs = (((timestamp - this.#nextTimestamp) | 0) * 1000) / this.#sourceClockRate;
    if (Math.abs(gapMs - (now - this.#heardAt)) > TIMELINE_JUMP_MS) {
      this.#fill = 0;
      this.#packetizer.resync();
      return;
    }
    if (gapMs <= 0) return;
    const concealMs = lost === 0 ? 0 : Math.min(gapMs, MAX_CONCEALED_MS);
    const unit = this.#decoder.sampleRate / CONCEALMENT_UNITS_PER_SECOND;
    const wanted = Math.floor(this.#samples(concealMs) / unit) * unit;
    const concealed = wanted === 0 ? 0 : this.#decoder.conceal(payload, start, end, wanted, this.#pcm, this.#fill);
    this.#fill += concealed;
    this.concealedMs += this.#milliseconds(concealed);
    if (concealed > 0 && this.#decoder.recovers?.(payload, start, end) === true) this.recovered += 1;
    this.#send(now);
    const pauseMs = gapMs - this.#milliseconds(concealed);
    if (pauseMs >= 1) this.#pause(pauseMs, now);
  }

  /** Fills the frame under way with silence, and lets the rest of the pause go by unsent. */
  #pause(pauseMs: number, now: Millis): void {
    let restMs = pauseMs;
    if (this.#fill > 0) {
      const silent = Math.min(this.#samples(pauseMs), this.#frame - this.#fill);
      this.#pcm.fill(0, this.#fill, this.#fill + silent);
      this.#fill += silent;
      this.#send(now);
      restMs -= this.#milliseconds(silent);
    }
    if (restMs > 0) this.#packetizer.silence(restMs, now);
  }

  #send(now: Millis): void {
    let sent = 0;
    for (; this.#fill - sent >= this.#frame; sent += this.#frame) {
      this.#packetizer.sendPcm(this.#encoder, this.#pcm, sent, this.#frame, now);
    }
    if (sent === 0) return;
    this.#pcm.copyWithin(0, sent, this.#fill);
    this.#fill -= sent;
  }

  #samples(ms: number): number {
    return Math.round((ms * this.#decoder.sampleRate) / 1000);
  }

  #milliseconds(samples: number): number {
    return (samples * 1000) / this.#decoder.sampleRate;
  }
}
