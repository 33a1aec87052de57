import type { Millis, TelephoneEventFormat } from '@earshot/base';
import { createPacketBuffer, type OutgoingStream, type RtpSink } from '../outgoing-stream.js';
import { OutgoingEvent } from './outgoing-event.js';
import { eventOfDigit } from './telephone-event.js';

/** Updates while a digit lasts, and its repeated end (RFC 4733 sections 2.5.1.2 and 2.5.1.4). */
const UPDATE_MS = 20;
const END_PACKETS = 3;
/** ITU-T Q.24: receivers want at least 40 ms of tone and of pause; more is kinder to old ones. */
const PAUSE_MS = 60;
const MIN_DIGIT_MS = 40;
const MAX_DIGIT_MS = 6000;
const MAX_QUEUE = 64;
const VOLUME = 10;

/**
 * Sends digits as telephone-events into a stream, one after another. Sans-IO: `press` queues, `poll` emits what is due
 * at `now`, `nextAt` says when to poll next.
 */
export class TelephoneEventSender {
  readonly #stream: OutgoingStream;
  readonly #format: TelephoneEventFormat;
  readonly #audioClockRate: number;
  readonly #out: OutgoingEvent;
  readonly #codes: number[] = [];
  readonly #durations: Millis[] = [];
  #startedAt: Millis = 0;
  #updates = 0;
  #ends = 0;
  #nextAt: Millis = 0;

  /** `audioClockRate`: Hz, of the audio beside which the events are sent. */
  constructor(
    stream: OutgoingStream,
    format: TelephoneEventFormat,
    audioClockRate: number,
    sink: RtpSink,
    buffer: Uint8Array = createPacketBuffer(),
  ) {
    this.#stream = stream;
    this.#format = format;
    this.#audioClockRate = audioClockRate;
    this.#out = new OutgoingEvent(stream, sink, buffer);
  }

  /** Queues a digit; false for anything that is not a DTMF digit, or when too many wait. */
  press(digit: string, durationMs = 100): boolean {
    const code = eventOfDigit(digit);
    if (code < 0 || this.#codes.length >= MAX_QUEUE) return false;
    this.#codes.push(code);
    this.#durations.push(Math.min(MAX_DIGIT_MS, Math.max(MIN_DIGIT_MS, durationMs)));
    return true;
  }

  /** When `poll` has something to do; undefined while nothing waits. */
  get nextAt(): Millis | undefined {
    return this.#codes.length === 0 ? undefined : this.#nextAt;
  }

  /** True while a digit is being sent: audio is better left out meanwhile. */
  get active(): boolean {
    return this.#updates > 0;
  }

  /** Emits at most one packet, if one is due. */
  poll(now: Millis): void {
    const code = this.#codes[0];
    const total = this.#durations[0];
    if (code === undefined || total === undefined || now < this.#nextAt) return;
    if (this.#updates === 0) {
      this.#startedAt = now;
      this.#out.begin(this.#format, code, this.#stream.timestampAt(now, this.#audioClockRate));
    }
    this.#updates += 1;
    const duration = Math.min(total, this.#updates * UPDATE_MS);
    const ends = duration >= total;
    this.#out.send(Math.round((duration * this.#format.clockRate) / 1000), ends, VOLUME);
    this.#nextAt = this.#startedAt + this.#updates * UPDATE_MS;
    if (!ends) return;
    this.#ends += 1;
    if (this.#ends < END_PACKETS) return;
    this.#codes.shift();
    this.#durations.shift();
    this.#updates = 0;
    this.#ends = 0;
    this.#nextAt = now + PAUSE_MS;
  }
}
