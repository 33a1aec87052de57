/** A level that says "the line is alive" without being heard as noise. */
const DEFAULT_DBOV = -60;

/**
 * Comfort noise: quiet white noise, so that a leg whose source fell silent does not sound dead. Encode it as any other
 * PCM. Cheap and deterministic (a linear congruential generator): noise has no secrets.
 */
export class ComfortNoise {
  #state: number;
  readonly #peak: number;

  /** `level` in dBov, RMS. `seed`: 32 bits. */
  constructor(level = DEFAULT_DBOV, seed = 1) {
    this.#state = seed | 0;
    // The RMS of a uniform distribution is its peak / sqrt(3).
    this.#peak = 32768 * 10 ** (level / 20) * Math.sqrt(3);
  }

  /** Writes `samples` to `pcm[at...]`. */
  fill(pcm: Int16Array, at: number, samples: number): void {
    for (let index = at; index < at + samples; index += 1) {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
      pcm[index] = Math.round((this.#state / 0x80000000) * this.#peak);
    }
  }
}

/** Opus for 20 ms of mono silence at any rate: a code 0 packet of CELT at full band (RFC 6716 section 3.1). */
export const OPUS_SILENCE: Readonly<Uint8Array> = Uint8Array.of(0xf8, 0xff, 0xfe);
