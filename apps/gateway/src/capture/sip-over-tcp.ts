import { concat } from '@earshot/base';
import { endOf, type Packet } from './packets.js';

/** Longer messages are given up. */
const MAX_PENDING = 65_535;
const MAX_CONNECTIONS = 1_000;

interface Direction {
  next: number;
  pending: Uint8Array;
}

const decoder = new TextDecoder('latin1');

/**
 * SIP messages out of TCP (RFC 3261 section 18.3), by Content-Length. Segments must come in their order: one that is
 * missing loses the message it was a part of, and what follows is found again at the next start line.
 */
export class SipOverTcp {
  readonly #directions = new Map<string, Direction>();

  messages({ source, sourcePort, destination, destinationPort, payload, sequence = 0, isBegin }: Packet): Uint8Array[] {
    const key = `${endOf(source, sourcePort)} ${endOf(destination, destinationPort)}`;
    let direction = this.#directions.get(key);
    if (direction === undefined || isBegin === true) {
      if (payload.length === 0 || !looksLikeSip(payload)) return [];
      if (this.#directions.size >= MAX_CONNECTIONS) this.#directions.clear();
      direction = { next: sequence, pending: new Uint8Array(0) };
      this.#directions.set(key, direction);
    }
    const step = (sequence - direction.next) | 0;
    // Sent again: known already.
    if (payload.length === 0 || step < 0) return [];
    if (step > 0) direction.pending = new Uint8Array(0);
    direction.next = (sequence + payload.length) >>> 0;
    if (direction.pending.length === 0 && !looksLikeSip(payload)) return [];
    direction.pending = concat(direction.pending, payload);
    return takeMessages(direction);
  }
}

const looksLikeSip = (bytes: Uint8Array): boolean =>
  /^\s*(SIP\/2\.0 |[A-Z]{3,16} sips?:|[A-Z]{3,16} tel:)/.test(decoder.decode(bytes.subarray(0, 64)));

function takeMessages(direction: Direction): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (;;) {
    const text = decoder.decode(direction.pending);
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) break;
    const length = Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
    const whole = end + 4 + length;
    if (direction.pending.length < whole && whole <= MAX_PENDING) return messages;
    messages.push(direction.pending.subarray(0, whole));
    direction.pending = direction.pending.subarray(whole);
  }
  if (direction.pending.length > MAX_PENDING) direction.pending = new Uint8Array(0);
  return messages;
}
