import type { Fault, Millis } from '@earshot/base';
import type { CallId, ClientMessage } from '@earshot/signaling';
import { batchesOf, type EvidenceBatch } from './evidence.js';

/** What is left of a call to be told. */
export interface Leftover extends EvidenceBatch {
  readonly callId: CallId;
  /** When the call was asked for. */
  readonly startedAt: Millis;
  /** Of a call that never came to `call.start`. */
  readonly abandoned?: { readonly to: string; readonly fault?: Fault };
}

/** Calls that wait: of a page that cannot reach its gateway the newest matter. */
const MOST = 5;

export const evidenceMessage = (callId: CallId, { events, samples }: EvidenceBatch, sentMs: Millis): ClientMessage => ({
  type: 'call.evidence',
  callId,
  events,
  ...(samples.length > 0 ? { samples } : {}),
  sentMs,
});

/** The messages that tell it. */
export function messagesOf({ callId, startedAt, events, samples, abandoned }: Leftover, now: Millis): ClientMessage[] {
  const sentMs = Math.max(0, Math.round(now - startedAt));
  const messages = batchesOf(events, samples).map((batch) => evidenceMessage(callId, batch, sentMs));
  return abandoned === undefined ? messages : [...messages, { type: 'call.abandoned', callId, ...abandoned }];
}

/** Keeps, while there is no connection, what calls that are over have left to say. */
export class Unsent {
  #left: readonly Leftover[] = [];

  keep(left: Leftover): void {
    this.#left = [...this.#left, left].slice(-MOST);
  }

  takeAll(): readonly Leftover[] {
    const left = this.#left;
    this.#left = [];
    return left;
  }
}
