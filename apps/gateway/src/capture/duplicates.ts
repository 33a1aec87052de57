import { endOf, type Packet } from './packets.js';

/** Sooner than anything is sent again on purpose. */
const TOGETHER_MS = 5;
const KEPT = 64;
const START_BYTES = 128;
const decoder = new TextDecoder('latin1');

/** A capture on several interfaces holds some packets twice, as they pass from one to the next: those are one packet. */
export class Duplicates {
  /** In order of time: the oldest first. */
  readonly #recent = new Map<string, number>();

  has({ at, source, sourcePort, destination, destinationPort, payload }: Packet): boolean {
    const ends = `${endOf(source, sourcePort)} ${endOf(destination, destinationPort)}`;
    const key = `${ends} ${payload.length} ${decoder.decode(payload.subarray(0, START_BYTES))}`;
    const before = this.#recent.get(key);
    if (before !== undefined && Math.abs(at - before) < TOGETHER_MS) return true;
    this.#recent.delete(key);
    this.#recent.set(key, at);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > KEPT && oldest !== undefined) this.#recent.delete(oldest);
    return false;
  }
}
