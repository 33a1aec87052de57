import type { TelephoneEventFormat } from '@earshot/base';
import { RTP_FIXED_HEADER_LENGTH, writeRtpHeader } from '../header.js';
import { type OutgoingStream, PACKET_HEAD_ROOM, type RtpSink } from '../outgoing-stream.js';
import { MAX_EVENT_DURATION, TELEPHONE_EVENT_LENGTH, writeTelephoneEvent } from './telephone-event.js';

const PAYLOAD_AT = PACKET_HEAD_ROOM + RTP_FIXED_HEADER_LENGTH;

/**
 * Writes the packets of one event after another into a stream, and cuts an event into segments where its duration
 * outgrows 16 bits (RFC 4733 section 2.5.1.3): after 8.2 s at 8000 Hz, after 1.4 s at 48000 Hz.
 */
export class OutgoingEvent {
  readonly #stream: OutgoingStream;
  readonly #sink: RtpSink;
  readonly #buffer: Uint8Array;
  #format: TelephoneEventFormat | undefined;
  #code = 0;
  #timestamp = 0;
  /** Ticks in segments that are complete. */
  #earlierSegments = 0;
  #marker = true;

  constructor(stream: OutgoingStream, sink: RtpSink, buffer: Uint8Array) {
    this.#stream = stream;
    this.#sink = sink;
    this.#buffer = buffer;
  }

  begin(format: TelephoneEventFormat, code: number, timestamp: number): void {
    this.#format = format;
    this.#code = code;
    this.#timestamp = timestamp;
    this.#earlierSegments = 0;
    this.#marker = true;
  }

  /**
   * Sends the event's state. `duration`: of the whole event so far, in ticks of the format's clock. `sequence`: the
   * number to send it with, -1 for the stream's next; a packet that completes a segment takes one more.
   */
  send(duration: number, ends: boolean, volume: number, sequence = -1): void {
    let number = sequence;
    while (duration - this.#earlierSegments > MAX_EVENT_DURATION) {
      this.#emit(MAX_EVENT_DURATION, false, volume, number);
      number = -1;
      this.#earlierSegments += MAX_EVENT_DURATION;
      this.#timestamp = (this.#timestamp + MAX_EVENT_DURATION) >>> 0;
    }
    this.#emit(duration - this.#earlierSegments, ends, volume, number);
  }

  #emit(duration: number, ends: boolean, volume: number, sequence: number): void {
    const format = this.#format;
    if (format === undefined) return;
    const number = sequence < 0 ? this.#stream.nextSequence() : sequence;
    writeRtpHeader(
      this.#buffer,
      PACKET_HEAD_ROOM,
      format.payloadType,
      this.#marker,
      number,
      this.#timestamp,
      this.#stream.ssrc,
    );
    writeTelephoneEvent(this.#buffer, PAYLOAD_AT, this.#code, ends, volume, duration);
    this.#marker = false;
    this.#stream.recordPacket(TELEPHONE_EVENT_LENGTH);
    this.#sink.emit(this.#buffer, PACKET_HEAD_ROOM, RTP_FIXED_HEADER_LENGTH + TELEPHONE_EVENT_LENGTH);
  }
}

/** The format to send events with beside audio of this clock: RFC 4733 section 2.1 wants the same clock where there is one. */
export function eventFormatFor(
  formats: readonly TelephoneEventFormat[],
  audioClockRate: number,
): TelephoneEventFormat | undefined {
  return formats.find((format) => format.clockRate === audioClockRate) ?? formats[0];
}
