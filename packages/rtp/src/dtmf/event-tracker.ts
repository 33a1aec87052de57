import type { Millis } from '@earshot/base';
import { MAX_EVENT_DURATION } from './telephone-event.js';

/** An event whose packets stop coming is over; senders update it every 50 ms or so (RFC 4733 section 2.5.1.2). */
export const EVENT_TIMEOUT_MS = 250;
/**
 * A segment is followed by the next when it is about to overflow. Senders that take the new timestamp from their audio
 * clock are off by a frame or two.
 */
const SEGMENT_SLACK = 0x1000;

/** Hears of each event once, when it ended or was given up. `duration` in the source's timestamp units. */
export interface EventListener {
  eventEnded(code: number, duration: number): void;
}

/** What a packet means: `repeat` of the event that just ended, or `stale`: of an event that a later one overtook. */
export type EventStep = 'start' | 'update' | 'repeat' | 'stale';

/**
 * Follows the events of one source through losses, repeated end packets and long events of several segments
 * (RFC 4733 section 2.5). After `handle` the fields describe the event that the packet belongs to.
 */
export class EventTracker {
  code = -1;
  /** Of the event so far, over all its segments, in the source's timestamp units. */
  duration = 0;
  ended = true;
  readonly #listener: EventListener;
  #known = false;
  #timestamp = 0;
  #segmentDuration = 0;
  #earlierSegments = 0;
  #heardAt: Millis = 0;

  constructor(listener: EventListener) {
    this.#listener = listener;
  }

  handle(timestamp: number, marker: boolean, code: number, ends: boolean, duration: number, now: Millis): EventStep {
    const advance = (timestamp - this.#timestamp) | 0;
    if (this.#known && advance === 0 && code === this.code) {
      this.#heardAt = now;
      if (this.ended) return 'repeat';
      this.#extend(ends, duration);
      return 'update';
    }
    if (this.#known && advance < 0 && now - this.#heardAt < EVENT_TIMEOUT_MS) return 'stale';
    this.#heardAt = now;
    if (!this.ended && !marker && code === this.code && Math.abs(advance - MAX_EVENT_DURATION) <= SEGMENT_SLACK) {
      this.#earlierSegments += advance;
      this.#begin(timestamp);
      this.#extend(ends, duration);
      return 'update';
    }
    if (!this.ended) this.#end();
    this.#known = true;
    this.code = code;
    this.ended = false;
    this.#earlierSegments = 0;
    this.#begin(timestamp);
    this.#extend(ends, duration);
    return 'start';
  }

  /** Ends an event whose packets stopped coming. */
  expire(now: Millis): void {
    if (!this.ended && now - this.#heardAt >= EVENT_TIMEOUT_MS) this.#end();
  }

  #begin(timestamp: number): void {
    this.#timestamp = timestamp;
    this.#segmentDuration = 0;
  }

  #extend(ends: boolean, duration: number): void {
    this.#segmentDuration = Math.max(this.#segmentDuration, duration);
    this.duration = this.#earlierSegments + this.#segmentDuration;
    if (ends) this.#end();
  }

  #end(): void {
    this.ended = true;
    this.#listener.eventEnded(this.code, this.duration);
  }
}
