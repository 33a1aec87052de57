import type { Millis } from '@earshot/base';
import type { RecordWriter } from '../record/record-writer.js';
import { type FlightItem, writeFlight } from './flight.js';

/**
 * RFC 6347 section 4.2.4.1 would start at 1 s for an unknown path. Here ICE has just used this path, a flight is about
 * 1 kB, and a person waits for it: two round trips where they are known, which is what Chromium starts with too.
 */
const INITIAL_TIMEOUT_MS = 400;
const LEAST_TIMEOUT_MS = 200;
const MOST_TIMEOUT_MS = 1500;
/** Far below the 60 s of RFC 6298: within the limit of the handshake as a whole, longer gaps would be the end of it. */
const MAX_TIMEOUT_MS = 3200;
/** The datagrams of one retransmitted flight arrive together: one answer serves them all, and a flood gets 20 a second. */
const MIN_RESEND_INTERVAL_MS = 50;
/** From the third unanswered transmission on, fragments fit the smallest path of IPv4 (RFC 6347 section 4.1.1.1). */
const CAUTIOUS_AFTER = 2;
const CAUTIOUS_MTU = 576 - 20 - 8;

export interface SentFlight {
  readonly number: 4 | 6;
  readonly datagrams: readonly Uint8Array[];
  readonly retransmission: boolean;
}

/**
 * The sender of RFC 6347 section 4.2.4, figure 3:
 *
 *   PREPARING --send--> SENDING --> WAITING (flight 4) --------- peer's next flight: stop --> PREPARING
 *                          ^           | timer expires, or the peer repeats its flight
 *                          +-----------+
 *                       SENDING --> FINISHED (flight 6, the last)
 *                          ^           | the peer repeats its flight
 *                          +-----------+
 */
export class FlightSender {
  readonly #mtu: number;
  readonly #writer: RecordWriter;
  #initialTimeoutMs = INITIAL_TIMEOUT_MS;
  #resendIntervalMs = MIN_RESEND_INTERVAL_MS;
  #number: 4 | 6 | undefined;
  #items: readonly FlightItem[] = [];
  #sentAt = 0;
  #timeoutMs = INITIAL_TIMEOUT_MS;
  #unanswered = 0;
  #dueAt: Millis | undefined;

  constructor(mtu: number, writer: RecordWriter) {
    this.#mtu = mtu;
    this.#writer = writer;
  }

  /** When `handleTimeout` is due; undefined unless a flight waits for its answer. */
  get dueAt(): Millis | undefined {
    return this.#dueAt;
  }

  /**
   * How long the path takes there and back, at most. What the peer repeats within that time after our flight left, it
   * repeated before the flight could reach it: Firefox begins to repeat after 50 ms, however long the path.
   */
  setRoundTrip(ms: Millis): void {
    this.#initialTimeoutMs = Math.min(Math.max(2 * ms, LEAST_TIMEOUT_MS), MOST_TIMEOUT_MS);
    this.#resendIntervalMs = Math.min(Math.max(ms, MIN_RESEND_INTERVAL_MS), this.#initialTimeoutMs);
  }

  send(now: Millis, number: 4 | 6, items: readonly FlightItem[]): SentFlight {
    this.#number = number;
    this.#items = items;
    this.#timeoutMs = this.#initialTimeoutMs;
    this.#unanswered = 0;
    return this.#transmit(now, number, false);
  }

  handleTimeout(now: Millis): SentFlight | undefined {
    if (this.#number === undefined || this.#dueAt === undefined || now < this.#dueAt) return undefined;
    this.#timeoutMs = Math.min(this.#timeoutMs * 2, MAX_TIMEOUT_MS);
    return this.#transmit(now, this.#number, true);
  }

  /** The peer repeated the flight that flight `number` answers. */
  repeat(now: Millis, number: 4 | 6): SentFlight | undefined {
    if (this.#number !== number || now - this.#sentAt < this.#resendIntervalMs) return undefined;
    return this.#transmit(now, number, true);
  }

  /** The peer's next flight is complete, or there is nobody left to send to. */
  stop(): void {
    this.#number = undefined;
    this.#items = [];
    this.#dueAt = undefined;
  }

  #transmit(now: Millis, number: 4 | 6, retransmission: boolean): SentFlight {
    this.#sentAt = now;
    this.#dueAt = number === 4 ? now + this.#timeoutMs : undefined;
    const mtu = this.#unanswered < CAUTIOUS_AFTER ? this.#mtu : Math.min(this.#mtu, CAUTIOUS_MTU);
    this.#unanswered += 1;
    return { number, datagrams: writeFlight(this.#items, mtu, this.#writer), retransmission };
  }
}
