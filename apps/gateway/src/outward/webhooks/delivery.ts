import type { Millis } from '@earshot/base';
import type { Receiver } from '../receiver.js';
import type { WebhookMessage } from './message.js';
import { signatureOf } from './signature.js';

/** Messages that wait for one receiver. Beyond, the oldest is given up. */
export const MOST_WAITING = 1_000;
/** A receiver has so long for its answer. */
export const TIMEOUT_MS = 5_000;
/** A message is tried so often: over about half an hour. */
export const MOST_ATTEMPTS = 16;
/** The first wait, doubled at each further failure. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
/** At a stop, what waits has so long. */
const FLUSH_MS = 2_000;
/** Answers that mean: later (RFC 9110 section 15, RFC 6585, RFC 8470). All other 4xx mean: never. */
const LATER = new Set([408, 425, 429]);

export interface WebhookAnswer {
  readonly status: number;
  /** The Retry-After header (RFC 9110 section 10.2.3), where it was given in seconds. */
  readonly retryAfterMs?: Millis;
}

/** Sends one request; rejects where there is no answer. Follows no redirect. */
export type Post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
) => Promise<WebhookAnswer>;

export interface DeliveryOptions {
  readonly url: string;
  readonly secret?: string | undefined;
  readonly userAgent: string;
  readonly receiver: (waiting: () => number) => Receiver;
  readonly post: Post;
  readonly timeOfDay: () => Millis;
  readonly random: () => number;
}

/** What one attempt came to: `retry` names why it failed. */
type Outcome =
  | { readonly type: 'taken' }
  | { readonly type: 'refused'; readonly why: string }
  | { readonly type: 'retry'; readonly why: string; readonly afterMs: Millis };

/** Messages to one receiver, one after the other and in order. What waits is bounded; nobody else waits for it. */
export class Delivery {
  readonly receiver: Receiver;
  readonly #options: DeliveryOptions;
  readonly #waiting: WebhookMessage[] = [];
  #attempts = 0;
  #underWay: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #onIdle: (() => void) | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.receiver = options.receiver(() => this.#waiting.length);
  }

  push(message: WebhookMessage): void {
    if (this.#stopped) return;
    this.#waiting.push(message);
    if (this.#waiting.length > MOST_WAITING) {
      // The first may be under way: what was begun is not taken back.
      this.#waiting.splice(this.#underWay === undefined ? 0 : 1, 1);
      if (this.#underWay === undefined) this.#attempts = 0;
      this.receiver.gaveUp();
    }
    this.#next();
  }

  /** A receiver that takes what it is sent has a moment for what still waits. The rest is lost. */
  async stop(): Promise<void> {
    if (this.#underWay !== undefined) {
      let enough: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
        enough = setTimeout(resolve, FLUSH_MS);
      });
      clearTimeout(enough);
    }
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#underWay?.abort();
    this.#waiting.length = 0;
  }

  #next(): void {
    const [message] = this.#waiting;
    if (this.#stopped || this.#underWay !== undefined || this.#timer !== undefined || message === undefined) return;
    const controller = new AbortController();
    this.#underWay = controller;
    void this.#attempt(message, controller).then((outcome) => {
      this.#underWay = undefined;
      if (!this.#stopped) this.#settle(outcome);
    });
  }

  async #attempt(message: WebhookMessage, controller: AbortController): Promise<Outcome> {
    const { url, post } = this.#options;
    const timeout = setTimeout(() => controller.abort(), TIMEOUT_MS);
    try {
      const answer = await post(url, this.#headers(message), message.body, controller.signal);
      return this.#outcome(answer);
    } catch (error) {
      const why = controller.signal.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : reasonOf(error);
      return { type: 'retry', why, afterMs: 0 };
    } finally {
      clearTimeout(timeout);
    }
  }

  #outcome({ status, retryAfterMs = 0 }: WebhookAnswer): Outcome {
    if (status >= 200 && status < 300) return { type: 'taken' };
    const why = status >= 300 && status < 400 ? `a redirect (${status}) is not followed` : `it answered ${status}`;
    const isLater = status >= 500 || LATER.has(status);
    return isLater ? { type: 'retry', why, afterMs: retryAfterMs } : { type: 'refused', why };
  }

  #settle(outcome: Outcome): void {
    if (outcome.type === 'taken') {
      this.receiver.took();
    } else {
      this.receiver.failed(outcome.why);
      this.#attempts += 1;
      if (outcome.type === 'retry' && this.#attempts < MOST_ATTEMPTS) {
        this.#wait(outcome.afterMs);
        return;
      }
      this.receiver.gaveUp();
    }
    this.#waiting.shift();
    this.#attempts = 0;
    if (this.#waiting.length === 0) this.#onIdle?.();
    this.#next();
  }

  /** At least half of the backoff, so that many gateways do not come back at one moment. */
  #wait(leastMs: Millis): void {
    this.#onIdle?.();
    const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#attempts - 1));
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(leastMs, backoff * (0.5 + 0.5 * this.#options.random())));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#next();
    }, wait);
    // Nobody stays alive for a receiver that is away.
    this.#timer.unref();
  }

  #headers({ id, type, body }: WebhookMessage): Record<string, string> {
    const { secret, userAgent, timeOfDay } = this.#options;
    return {
      'content-type': 'application/json',
      'user-agent': userAgent,
      'earshot-event': type,
      'idempotency-key': id,
      // Of each attempt anew: receivers refuse what is old.
      ...(secret === undefined ? {} : { 'earshot-signature': signatureOf(secret, timeOfDay(), body) }),
    };
  }
}

/** A word of the system such as ECONNREFUSED; never a message, which may name the URL. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : 'the request failed';
}
