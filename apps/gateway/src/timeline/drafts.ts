import type { ErrorCode, Millis } from '@earshot/base';
import type { BrowserEvent, BrowserSample } from '@earshot/telemetry';
import type { TimelineSession } from './watched.js';

/** Evidence of one message. */
export interface EvidenceBatch {
  readonly arrivedAt: Millis;
  readonly events: readonly BrowserEvent[];
  readonly samples: readonly BrowserSample[];
  readonly sentMs?: number;
}

/** What a browser said of a call before it asked for it, if it ever does. */
export interface Draft {
  readonly session: TimelineSession;
  readonly callId: string;
  readonly batches: EvidenceBatch[];
  events: number;
  samples: number;
  lastAt: Millis;
}

const MAX_DRAFTS = 1_000;
const MAX_OF_SESSION = 4;
const MAX_EVENTS = 256;
const MAX_SAMPLES = 64;
/** A prompt for the microphone may stand open for long, and is spoken of meanwhile. */
const LIFETIME_MS = 120_000;

/** Evidence of calls that have not begun. */
export class Drafts {
  /** By session and call id, in the order of their last evidence. */
  readonly #drafts = new Map<string, Draft>();

  get size(): number {
    return this.#drafts.size;
  }

  add(session: TimelineSession, callId: string, batch: EvidenceBatch): void {
    const key = keyOf(session, callId);
    const known = this.#drafts.get(key);
    if (known === undefined && this.#of(session).length >= MAX_OF_SESSION) return;
    const draft = known ?? { session, callId, batches: [], events: 0, samples: 0, lastAt: 0 };
    this.#drafts.delete(key);
    this.#drafts.set(key, draft);
    const [oldest] = this.#drafts.keys();
    if (this.#drafts.size > MAX_DRAFTS && oldest !== undefined) this.#drafts.delete(oldest);
    draft.lastAt = batch.arrivedAt;
    const events = batch.events.slice(0, MAX_EVENTS - draft.events);
    const samples = batch.samples.slice(0, MAX_SAMPLES - draft.samples);
    if (events.length + samples.length === 0) return;
    draft.events += events.length;
    draft.samples += samples.length;
    draft.batches.push({ ...batch, events, samples });
  }

  take(session: TimelineSession, callId: string): Draft | undefined {
    const key = keyOf(session, callId);
    const draft = this.#drafts.get(key);
    this.#drafts.delete(key);
    return draft;
  }

  takeOf(session: TimelineSession): Draft[] {
    return this.#of(session).flatMap(({ callId }) => this.take(session, callId) ?? []);
  }

  /** Those of which nothing was heard for long. */
  takeDue(now: Millis): Draft[] {
    const due: Draft[] = [];
    for (const draft of this.#drafts.values()) {
      if (draft.lastAt + LIFETIME_MS > now) break;
      due.push(draft);
    }
    return due.flatMap(({ session, callId }) => this.take(session, callId) ?? []);
  }

  #of(session: TimelineSession): Draft[] {
    return [...this.#drafts.values()].filter((draft) => draft.session === session);
  }
}

/**
 * Whether it tells of a call from its beginning. What a page that lost its gateway still says of an old call under a new
 * session does not.
 */
export const isFromTheBeginning = ({ batches }: Draft): boolean =>
  batches.some(({ events }) => events.some(({ type }) => type === 'client.info' || type === 'mic.asked'));

/** Why such a call never began, as far as its evidence says by itself. */
export function codeOfDraft({ batches }: Draft): ErrorCode | undefined {
  const events = batches.flatMap((batch) => batch.events);
  const failed = events.findLast((event) => event.type === 'mic.failed');
  if (failed?.type === 'mic.failed') return failed.code;
  const isOpen = events.some(({ type }) => type === 'mic.waiting') && !events.some(({ type }) => type === 'mic.opened');
  return isOpen ? 'mic.prompt_ignored' : undefined;
}

const keyOf = ({ tag }: TimelineSession, callId: string): string => `${tag} ${callId}`;
