import { ByteReader, type Millis, type RandomBytes } from '@earshot/base';

/** Slots; those who share one by chance share what is in it. */
const SLOTS = 4096;
const DOT = 0x2e;
const COLON = 0x3a;
/** Colons before the host's part of an IPv6 address: the first 48 bits count. */
const IPV6_GROUPS = 3;

/**
 * One token bucket for each network that datagrams come from: an IPv4 /24 or an IPv6 /48, by the text of the address.
 * The table has a fixed size, so that no flood of sources makes it grow, and its order is secret, so that nobody can
 * choose whose bucket to empty.
 */
export class PrefixBuckets {
  readonly #perMs: number;
  readonly #capacity: number;
  readonly #seed: number;
  readonly #levels: Float64Array;
  readonly #times = new Float64Array(SLOTS);

  /** All begin full. */
  constructor(perSecond: number, capacity: number, random: RandomBytes) {
    this.#perMs = perSecond / 1000;
    this.#capacity = capacity;
    this.#seed = new ByteReader(random(4)).u32() | 0;
    this.#levels = new Float64Array(SLOTS).fill(capacity);
  }

  take(now: Millis, address: string, amount: number): boolean {
    const slot = this.#refill(now, address);
    const level = this.#levels[slot] as number;
    if (level < amount) return false;
    this.#levels[slot] = level - amount;
    return true;
  }

  add(now: Millis, address: string, amount: number): void {
    const slot = this.#refill(now, address);
    this.#levels[slot] = Math.min(this.#capacity, (this.#levels[slot] as number) + amount);
  }

  /** Whether `take` of so much would succeed. */
  has(now: Millis, address: string, amount: number): boolean {
    return (this.#levels[this.#refill(now, address)] as number) >= amount;
  }

  #refill(now: Millis, address: string): number {
    const slot = this.#slotOf(address);
    const elapsed = now - (this.#times[slot] as number);
    if (elapsed > 0) {
      this.#levels[slot] = Math.min(this.#capacity, (this.#levels[slot] as number) + elapsed * this.#perMs);
      this.#times[slot] = now;
    }
    return slot;
  }

  /** FNV-1a over the part of the text that names the network, mixed with the seed. */
  #slotOf(address: string): number {
    const end = networkPart(address);
    let hash = this.#seed;
    for (let index = 0; index < end; index += 1) hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return (hash ^ (hash >>> 13)) & (SLOTS - 1);
  }
}

function networkPart(address: string): number {
  let lastDot = -1;
  let thirdColon = -1;
  let colons = 0;
  for (let index = 0; index < address.length; index += 1) {
    const code = address.charCodeAt(index);
    if (code === DOT) lastDot = index;
    else if (code === COLON) {
      colons += 1;
      if (colons === IPV6_GROUPS) thirdColon = index;
    }
  }
  if (lastDot >= 0) return lastDot;
  return thirdColon >= 0 ? thirdColon : address.length;
}
