/** A token bucket: `perSecond` in the long run, `burst` at once. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes one token; false when there is none. `now` in ms; a clock that goes back costs nothing. */
  take(now: number): boolean {
    const elapsed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsed * this.#perSecond) / 1000);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** One RateLimit for each key, bounded: when full, the key used longest ago is forgotten. */
export class RateLimits {
  readonly #limits = new Map<string, RateLimit>();
  readonly #make: (now: number) => RateLimit;
  readonly #most: number;

  constructor(perSecond: number, burst: number, most = 10_000) {
    this.#make = (now) => new RateLimit(perSecond, burst, now);
    this.#most = most;
  }

  take(key: string, now: number): boolean {
    const limit = this.#limits.get(key) ?? this.#make(now);
    this.#limits.delete(key);
    this.#limits.set(key, limit);
    if (this.#limits.size > this.#most) {
      const oldest = this.#limits.keys().next();
      if (!oldest.done) this.#limits.delete(oldest.value);
    }
    return limit.take(now);
  }
}
