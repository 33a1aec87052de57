import type { Millis, TelephoneEventFormat } from '@earshot/base';
import { createPacketBuffer, type OutgoingStream, type RtpSink } from '../outgoing-stream.js';
import { EventTracker } from './event-tracker.js';
import { OutgoingEvent } from './outgoing-event.js';
import { digitOfEvent, eventCode, eventDuration, eventEnds, eventVolume } from './telephone-event.js';

/** Hears of each digit once, at its end. */
export interface DigitListener {
  digit(digit: string, durationMs: number): void;
}

/**
 * Relays telephone-events from one leg into the stream of another: payload type, clock and duration mapped, the
 * timestamp placed on the stream's own timeline, end packets repeated as the source repeats them. Digits are reported
 * whether or not the destination negotiated telephone-event.
 */
export class TelephoneEventRelay {
  readonly #stream: OutgoingStream;
  readonly #tracker: EventTracker;
  readonly #out: OutgoingEvent;
  #sourceRate = 0;
  #format: TelephoneEventFormat | undefined;
  #audioClockRate = 0;
  #started = false;

  constructor(
    stream: OutgoingStream,
    sink: RtpSink,
    listener: DigitListener,
    buffer: Uint8Array = createPacketBuffer(),
  ) {
    this.#stream = stream;
    this.#out = new OutgoingEvent(stream, sink, buffer);
    this.#tracker = new EventTracker({
      eventEnded: (code, duration) => {
        const digit = digitOfEvent(code);
        if (digit !== undefined) listener.digit(digit, Math.round((duration * 1000) / this.#sourceRate));
      },
    });
  }

  /** What events are sent as from now on (undefined: not at all), beside audio of that clock in Hz. */
  setDestination(format: TelephoneEventFormat | undefined, audioClockRate: number): void {
    this.#format = format;
    this.#audioClockRate = audioClockRate;
    this.#started = false;
  }

  /**
   * Takes the event at `payload[start]`, at least four bytes, with the timestamp and marker of its packet.
   * `sourceRate`: clock of its format in Hz. `sequence`: the number to send it with, -1 for the stream's next.
   * False when nothing was sent.
   */
  relay(
    payload: Uint8Array,
    start: number,
    timestamp: number,
    marker: boolean,
    sourceRate: number,
    now: Millis,
    sequence = -1,
  ): boolean {
    const ends = eventEnds(payload, start);
    const volume = eventVolume(payload, start);
    const tracker = this.#tracker;
    this.expire(now);
    if (tracker.ended) this.#sourceRate = sourceRate;
    const step = tracker.handle(timestamp, marker, eventCode(payload, start), ends, eventDuration(payload, start), now);
    this.#sourceRate = sourceRate;
    const format = this.#format;
    if (step === 'stale' || format === undefined) return false;
    if (step === 'repeat' && !this.#started) return false;
    const begins = step === 'start' || !this.#started;
    if (begins) {
      this.#out.begin(format, tracker.code, this.#stream.timestampAt(now, this.#audioClockRate));
      this.#started = true;
    }
    const duration = Math.round((tracker.duration * format.clockRate) / sourceRate);
    // Of an event whose first packet is its end (the others were lost; Chromium sends none where the event's clock is
    // not its audio's) phones hear nothing unless they see the key go down before it comes up.
    const hasNoStart = begins && tracker.ended;
    if (hasNoStart) this.#out.send(duration, false, volume, sequence);
    this.#out.send(duration, tracker.ended, volume, hasNoStart ? -1 : sequence);
    return true;
  }

  /** Reports an event whose last packets were all lost. */
  expire(now: Millis): void {
    this.#tracker.expire(now);
  }
}
