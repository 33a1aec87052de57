import type { AudioCodec, Millis } from '@earshot/base';
import type { AudioEncoder } from './codecs/audio-codec.js';
import { RTP_FIXED_HEADER_LENGTH, writeRtpHeader } from './header.js';
import {
  createPacketBuffer,
  type OutgoingStream,
  PACKET_HEAD_ROOM,
  PACKET_TAIL_ROOM,
  type RtpSink,
} from './outgoing-stream.js';
import { RedWriter } from './red/red.js';

const PAYLOAD_AT = PACKET_HEAD_ROOM + RTP_FIXED_HEADER_LENGTH;
/** So that a packet with earlier ones inside fits every path's MTU, with all that is put around it. */
const MAX_REDUNDANT = 1100;

/**
 * Builds the packets of a stream that starts here (a built-in line, a transcoder's output): consecutive sequence
 * numbers, and timestamps that count samples. The timestamp starts where the stream stands, by the time that went by.
 */
export class RtpPacketizer {
  readonly stream: OutgoingStream;
  readonly codec: AudioCodec;
  readonly #sink: RtpSink;
  readonly #buffer: Uint8Array;
  /** Of the next frame, in ticks of the codec's clock; -1 while it follows the wall clock. */
  #timestamp = -1;
  #marker = true;
  #red: RedWriter | undefined;
  #redPayloadType = 0;

  /** `buffer` from `createPacketBuffer`; senders of one thread can share it. */
  constructor(stream: OutgoingStream, codec: AudioCodec, sink: RtpSink, buffer: Uint8Array = createPacketBuffer()) {
    this.stream = stream;
    this.codec = codec;
    this.#sink = sink;
    this.#buffer = buffer;
  }

  /** Sends `payload[start, end)`, a frame of `durationMs`. False when it does not fit a packet: nothing is sent. */
  send(payload: Uint8Array, start: number, end: number, durationMs: number, now: Millis): boolean {
    if (end - start > this.#buffer.length - PACKET_TAIL_ROOM - PAYLOAD_AT) return false;
    for (let from = start, to = PAYLOAD_AT; from < end; from += 1, to += 1) {
      this.#buffer[to] = payload[from] as number;
    }
    this.#emit(end - start, durationMs, now);
    return true;
  }

  /**
   * Encodes and sends `pcm[at, at + samples)` at the encoder's rate. A frame that need not be sent (DTX) only moves
   * the timestamp on; false then.
   */
  sendPcm(encoder: AudioEncoder, pcm: Int16Array, at: number, samples: number, now: Millis): boolean {
    const durationMs = (samples * 1000) / encoder.sampleRate;
    const length = encoder.encode(pcm, at, samples, this.#buffer, PAYLOAD_AT);
    if (length === 0 || length > this.#buffer.length - PACKET_TAIL_ROOM - PAYLOAD_AT) {
      this.silence(durationMs, now);
      return false;
    }
    this.#emit(length, durationMs, now);
    return true;
  }

  /** Lets `durationMs` pass unsent: the timestamp moves on, and the next packet starts a talkspurt (RFC 3551 section 4.1). */
  silence(durationMs: number, now: Millis): void {
    this.#timestamp = this.#advance(this.#next(now), durationMs);
    this.#marker = true;
  }

  /** Takes the timestamp of the next frame from the wall clock: after a pause, or when others sent on this stream. */
  resync(): void {
    this.#timestamp = -1;
    this.#marker = true;
  }

  /** From now on each frame goes with the `depth` ones before it (RFC 2198), by this payload type; 0: by itself. */
  redundant(depth: 0 | 1 | 2, payloadType: number): void {
    if (depth === 0) {
      this.#red = undefined;
      return;
    }
    this.#red ??= new RedWriter();
    this.#red.depth = depth;
    this.#redPayloadType = payloadType;
  }

  #emit(size: number, durationMs: number, now: Millis): void {
    const { stream, codec } = this;
    const timestamp = this.#next(now);
    const sequence = stream.nextSequence();
    let length = size;
    let { payloadType } = codec;
    if (this.#red !== undefined) {
      const wrapped = this.#red.wrap(this.#buffer, PAYLOAD_AT, size, payloadType, timestamp, MAX_REDUNDANT);
      if (wrapped > 0) {
        length = wrapped;
        payloadType = this.#redPayloadType;
      }
    }
    writeRtpHeader(this.#buffer, PACKET_HEAD_ROOM, payloadType, this.#marker, sequence, timestamp, stream.ssrc);
    this.#marker = false;
    this.#timestamp = this.#advance(timestamp, durationMs);
    stream.recordAudio(timestamp, codec.clockRate, length, now);
    this.#sink.emit(this.#buffer, PACKET_HEAD_ROOM, RTP_FIXED_HEADER_LENGTH + length);
  }

  #next(now: Millis): number {
    return this.#timestamp < 0 ? this.stream.timestampAt(now, this.codec.clockRate) : this.#timestamp;
  }

  #advance(timestamp: number, durationMs: number): number {
    return (timestamp + Math.round((durationMs * this.codec.clockRate) / 1000)) >>> 0;
  }
}
