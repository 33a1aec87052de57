import { decodeG711, G711_RATE, type G711Law, pcmLevel, tonePresence } from '@earshot/rtp';

const WINDOW_SAMPLES = G711_RATE / 5;
/** Below this (dBov) there is nothing to take a pitch from. */
const AUDIBLE_DBOV = -50;
const LOWEST_HZ = 100;
const HIGHEST_HZ = 3_400;
const STEP_HZ = 5;
const PURE = 0.5;

/** What a line heard of its caller: the proof of the uplink, for the log. */
export interface Heard {
  readonly packets: number;
  /** The loudest window of 200 ms, RMS in dBov; -127 is silence. */
  readonly loudestDbov: number;
  /** Of that window, where one tone holds most of its power, in Hz. */
  readonly toneHz?: number;
  /** Keys pressed, counted, never named: they can be PINs. */
  readonly digits: number;
}

/** Listens to G.711 in windows of 200 ms and keeps the loudest. */
export class Hearing {
  readonly #law: G711Law;
  #window = new Int16Array(WINDOW_SAMPLES);
  #loudest = new Int16Array(WINDOW_SAMPLES);
  #filled = 0;
  #loudestDbov = -127;
  #packets = 0;
  #digits = 0;

  constructor(law: G711Law) {
    this.#law = law;
  }

  hear(packet: Uint8Array, start: number, end: number): void {
    this.#packets += 1;
    for (let at = start; at < end; ) {
      const length = Math.min(end - at, WINDOW_SAMPLES - this.#filled);
      decodeG711(this.#law, packet, at, at + length, this.#window, this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled === WINDOW_SAMPLES) this.#finishWindow();
    }
  }

  digit(): void {
    this.#digits += 1;
  }

  #finishWindow(): void {
    this.#filled = 0;
    const level = pcmLevel(this.#window, 0, WINDOW_SAMPLES);
    if (level <= this.#loudestDbov) return;
    this.#loudestDbov = level;
    [this.#window, this.#loudest] = [this.#loudest, this.#window];
  }

  summary(): Heard {
    const base = { packets: this.#packets, loudestDbov: Math.round(this.#loudestDbov), digits: this.#digits };
    const toneHz = this.#loudestDbov < AUDIBLE_DBOV ? undefined : this.#pitch();
    return toneHz === undefined ? base : { ...base, toneHz };
  }

  #pitch(): number | undefined {
    let best = PURE;
    let found: number | undefined;
    for (let hz = LOWEST_HZ; hz <= HIGHEST_HZ; hz += STEP_HZ) {
      const presence = tonePresence(this.#loudest, hz, G711_RATE);
      if (presence <= best) continue;
      best = presence;
      found = hz;
    }
    return found;
  }
}
