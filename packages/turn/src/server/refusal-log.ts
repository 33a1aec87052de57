import type { Millis } from '@earshot/base';
import type { Refusal } from './refusal.js';
import { TokenBucket } from './token-bucket.js';

/** Kinds of refusal that are remembered; the oldest is forgotten first. */
const MAX_KINDS = 1024;
/** What those who proved nothing may have said of them in a second, and at once. */
const UNPROVED_PER_SECOND = 8;
const UNPROVED_AT_ONCE = 32;

/** Says which refusals are worth an event: of each kind and user the first and each doubling of their number. */
export class RefusalLog {
  readonly #counts = new Map<string, number>();
  readonly #unproved = new TokenBucket(UNPROVED_PER_SECOND, UNPROVED_AT_ONCE);

  /** The number so far, when it is to be said. `isProved`: `tag` is that of valid credentials. */
  count(
    now: Millis,
    tag: string | undefined,
    isProved: boolean,
    method: string,
    { status, code }: Refusal,
  ): number | undefined {
    const key = `${tag ?? ''} ${method} ${status} ${code}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.delete(key);
    this.#counts.set(key, count);
    if (this.#counts.size > MAX_KINDS) {
      for (const oldest of this.#counts.keys()) {
        this.#counts.delete(oldest);
        break;
      }
    }
    if ((count & (count - 1)) !== 0) return undefined;
    return isProved || this.#unproved.take(now, 1) ? count : undefined;
  }
}
