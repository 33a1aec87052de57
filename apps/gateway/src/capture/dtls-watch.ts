import { readU16 } from '@earshot/rtp';

/** Packets of one flight (RFC 6347 section 4.2.4), by the numbers of a full handshake. */
export interface SeenFlight {
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly flight: 1 | 4 | 5 | 6;
  bytes: number;
  readonly retransmission: boolean;
}

export interface SeenAlert {
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly level: 'warning' | 'fatal';
  readonly description: number;
}

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const RECORD_HEADER = 13;
const CLIENT_HELLO = 1;
/** Packets of one flight leave together. */
const TOGETHER_MS = 20;
const MAX_FLIGHTS = 64;
const MAX_SEEN = 256;

/** A DTLS handshake seen from outside, as far as it is in the clear. `in` is from the browser, which is the client. */
export class DtlsWatch {
  readonly flights: SeenFlight[] = [];
  readonly alerts: SeenAlert[] = [];
  #clientChanged = false;
  #serverChanged = false;
  readonly #seen = new Set<string>();
  /** Both sides encrypt from here on. */
  connectedAt: number | undefined;

  take(at: number, datagram: Uint8Array, direction: 'in' | 'out'): void {
    let flight: SeenFlight['flight'] | undefined;
    let isRepeated = false;
    for (let start = 0; start + RECORD_HEADER <= datagram.length; ) {
      const type = datagram[start] as number;
      const length = readU16(datagram, start + 11);
      const body = datagram.subarray(start + RECORD_HEADER, start + RECORD_HEADER + length);
      const isClear = readU16(datagram, start + 3) === 0;
      if (type === HANDSHAKE && isClear && body.length >= 12) {
        const kind = body[0] as number;
        flight ??= direction === 'out' ? 4 : kind === CLIENT_HELLO ? 1 : 5;
        isRepeated ||= this.#isKnown(`${direction} ${kind} ${readU16(body, 4)} ${readU16(body, 7)}`);
      } else if (type === CHANGE_CIPHER_SPEC && isClear) {
        flight ??= direction === 'out' ? 6 : 5;
        isRepeated ||= this.#isKnown(`${direction} change`);
        this.#change(at, direction);
      } else if (type === ALERT && isClear && body.length === 2 && this.alerts.length < MAX_FLIGHTS) {
        const level = body[0] === 2 ? 'fatal' : 'warning';
        this.alerts.push({ at, direction, level, description: body[1] as number });
      }
      start += RECORD_HEADER + length;
    }
    if (flight !== undefined) this.#note(at, direction, flight, datagram.length, isRepeated);
  }

  #change(at: number, direction: 'in' | 'out'): void {
    if (direction === 'in') this.#clientChanged = true;
    else this.#serverChanged = true;
    if (this.#clientChanged && this.#serverChanged) this.connectedAt ??= at;
  }

  #isKnown(key: string): boolean {
    if (this.#seen.has(key)) return true;
    if (this.#seen.size < MAX_SEEN) this.#seen.add(key);
    return false;
  }

  #note(
    at: number,
    direction: 'in' | 'out',
    flight: SeenFlight['flight'],
    bytes: number,
    retransmission: boolean,
  ): void {
    const last = this.flights.at(-1);
    const isSame = last?.direction === direction && last.flight === flight && last.retransmission === retransmission;
    if (last !== undefined && isSame && at - last.at < TOGETHER_MS) last.bytes += bytes;
    else if (this.flights.length < MAX_FLIGHTS) this.flights.push({ at, direction, flight, bytes, retransmission });
  }
}
