import type { MessageFrame } from './frames.js';
import { LIMITS } from './protocol.js';

/**
 * The reliable part of a session, the same at both ends: outgoing messages are numbered and held until the other end
 * acknowledges them; incoming ones are taken once and in order.
 */
export class Channel<Outgoing, Incoming> {
  readonly #limit: number;
  #held: { readonly seq: number; readonly message: Outgoing }[] = [];
  #lastSeq = 0;
  #received = 0;
  #acknowledged = 0;

  constructor(limit: number = LIMITS.outbox) {
    this.#limit = limit;
  }

  /** The cumulative seq of the other end's messages. */
  get received(): number {
    return this.#received;
  }

  /** Whether the other end has yet to hear of something that arrived. */
  get owesAcknowledgement(): boolean {
    return this.#acknowledged < this.#received;
  }

  /** Holds a message; false when the outbox is full. */
  hold(message: Outgoing): boolean {
    if (this.#held.length >= this.#limit) return false;
    this.#lastSeq += 1;
    this.#held.push({ seq: this.#lastSeq, message });
    return true;
  }

  /** The frames of everything held after `seq`, each carrying the acknowledgement along. */
  framesAfter(seq: number): MessageFrame<Outgoing>[] {
    const waiting = this.#held.filter((entry) => entry.seq > seq);
    if (waiting.length > 0) this.#acknowledged = this.#received;
    return waiting.map((entry) => ({ type: 'message', seq: entry.seq, ack: this.#received, message: entry.message }));
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The cumulative seq for a bare acknowledgement, which counts as given. */
  acknowledge(): number {
    this.#acknowledged = this.#received;
    return this.#received;
  }

  /** Whether a peer that has received up to `ack` can be served from here: nothing is missing, nothing made up. */
  covers(ack: number): boolean {
    return ack <= this.#lastSeq && ack >= this.#lastSeq - this.#held.length;
  }

  /** Forgets what the other end has; false when it claims what was never sent. An old figure is no news. */
  acknowledged(ack: number): boolean {
    if (ack > this.#lastSeq) return false;
    this.#held = this.#held.filter((entry) => entry.seq > ack);
    return true;
  }

  /** `gap`: something before this frame is missing, which one connection cannot do; a resumed one brings it again. */
  take(frame: MessageFrame<Incoming>): 'new' | 'duplicate' | 'gap' {
    if (frame.seq <= this.#received) return 'duplicate';
    if (frame.seq > this.#received + 1) return 'gap';
    this.#received = frame.seq;
    return 'new';
  }
}
