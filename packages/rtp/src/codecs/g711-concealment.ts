/** 20 ms at 8 kHz: several pitch periods of any voice. */
const HISTORY = 160;
/** Falls to silence after 60 ms: longer repetition sounds like a machine (G.711 Appendix I fades over the same time). */
const FADE_SAMPLES = 480;

/**
 * Concealment for a codec that has none: the last 20 ms are repeated, alternately backwards and forwards so that the
 * ends meet without a click, and faded to silence over 60 ms. Much simpler than G.711 Appendix I, which looks for the
 * pitch; good enough for single packets, and it never rings on.
 */
export class G711Concealment {
  readonly #history = new Int16Array(HISTORY);
  #length = 0;
  #concealed = 0;

  /** Learns from `pcm[at, at + samples)`, which was heard. */
  remember(pcm: Int16Array, at: number, samples: number): void {
    const kept = Math.min(samples, HISTORY);
    const stay = Math.min(this.#length, HISTORY - kept);
    this.#history.copyWithin(0, this.#length - stay, this.#length);
    const from = at + samples - kept;
    for (let index = 0; index < kept; index += 1) this.#history[stay + index] = pcm[from + index] as number;
    this.#length = stay + kept;
    this.#concealed = 0;
  }

  /** Writes `samples` to `pcm[at...]`; returns how many. Silence where nothing was heard yet. */
  conceal(samples: number, pcm: Int16Array, at: number): number {
    const period = this.#length;
    for (let index = 0; index < samples; index += 1) {
      const done = this.#concealed + index;
      const gain = period === 0 ? 0 : Math.max(0, 1 - done / FADE_SAMPLES);
      const phase = period === 0 ? 0 : done % (2 * period);
      const position = phase < period ? period - 1 - phase : phase - period;
      pcm[at + index] = (this.#history[position] as number) * gain;
    }
    this.#concealed += samples;
    return samples;
  }
}
