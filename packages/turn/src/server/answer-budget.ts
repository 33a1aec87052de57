import type { Millis, RandomBytes } from '@earshot/base';
import { PrefixBuckets } from './prefix-buckets.js';
import { TokenBucket } from './token-bucket.js';

/**
 * What sources that proved nothing may be sent over UDP, in bytes of STUN. Their network may have so much at once and
 * so much in a second, half of what it sends, and a bonus for each request from there whose credentials are right: that
 * takes the round trips of many clients behind one NAT, and lets a flood with a forged source shrink on its way through.
 */
const NETWORK_AT_ONCE = 8192;
const NETWORK_PER_SECOND = 1024;
const NETWORK_SHARE = 0.5;
const BONUS = 512;

/** The same for all networks together, so that a flood that is spread over many sources does not grow either. */
const TOTAL_AT_ONCE = 65_536;
const TOTAL_PER_SECOND = 16_384;
const TOTAL_SHARE = 0.75;

export class AnswerBudget {
  readonly #networks: PrefixBuckets;
  readonly #total = new TokenBucket(TOTAL_PER_SECOND, TOTAL_AT_ONCE);

  constructor(random: RandomBytes) {
    this.#networks = new PrefixBuckets(NETWORK_PER_SECOND, NETWORK_AT_ONCE, random);
  }

  /** Takes in what was received from an address, and says whether so much may be sent there. */
  spend(now: Millis, address: string, received: number, answer: number): boolean {
    this.#networks.add(now, address, received * NETWORK_SHARE);
    this.#total.add(now, received * TOTAL_SHARE);
    return this.#networks.take(now, address, answer) && this.#total.take(now, answer);
  }

  /** Somebody there proved credentials, and with the nonce that the address is not forged. */
  trust(now: Millis, address: string): void {
    this.#networks.add(now, address, BONUS);
    this.#total.add(now, BONUS);
  }
}
