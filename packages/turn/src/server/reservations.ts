import { type Millis, type RandomBytes, toHex } from '@earshot/base';
import type { RelaySocket } from './relay-socket.js';

/** RFC 8656 section 7.2: at least 30 seconds. */
const RESERVATION_LIFETIME = 30_000;

interface Reservation<Client, Relay> {
  readonly relay: RelaySocket<Client, Relay>;
  readonly tag: string;
  readonly expiresAt: Millis;
}

/** Ports that EVEN-PORT reserved for a second allocation. */
export class Reservations<Client, Relay> {
  readonly #random: RandomBytes;
  readonly #byToken = new Map<string, Reservation<Client, Relay>>();

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** The token, 8 bytes. */
  add(now: Millis, relay: RelaySocket<Client, Relay>, tag: string): Uint8Array {
    const token = this.#random(8);
    this.#byToken.set(toHex(token), { relay, tag, expiresAt: now + RESERVATION_LIFETIME });
    return token;
  }

  /** Only for the user who made it: a port is not to be had by guessing. `token`: in hexadecimal. */
  take(now: Millis, token: string, tag: string): RelaySocket<Client, Relay> | undefined {
    const reservation = this.#byToken.get(token);
    if (reservation === undefined || reservation.tag !== tag || now >= reservation.expiresAt) return undefined;
    this.#byToken.delete(token);
    return reservation.relay;
  }

  /** Takes out those that nobody claimed in time. */
  takeExpired(now: Millis): Reservation<Client, Relay>[] {
    const expired: Reservation<Client, Relay>[] = [];
    for (const [token, reservation] of this.#byToken) {
      if (now < reservation.expiresAt) continue;
      this.#byToken.delete(token);
      expired.push(reservation);
    }
    return expired;
  }

  /** When the first is to be taken out. */
  get nextExpiry(): Millis {
    let next = Number.POSITIVE_INFINITY;
    for (const { expiresAt } of this.#byToken.values()) next = Math.min(next, expiresAt);
    return next;
  }
}
