/** A sine wave over successive buffers, its phase kept. */
export class ToneGenerator {
  readonly #step: number;
  readonly #amplitude: number;
  #phase = 0;

  /** `frequency` and `sampleRate` in Hz; `level`: peak as a share of full scale, 0 to 1. */
  constructor(frequency: number, sampleRate = 8000, level = 0.5) {
    this.#step = (2 * Math.PI * frequency) / sampleRate;
    this.#amplitude = 32767 * level;
  }

  /** Writes `samples` to `pcm[at...]`. */
  fill(pcm: Int16Array, at: number, samples: number): void {
    for (let index = 0; index < samples; index += 1) {
      pcm[at + index] = Math.round(this.#amplitude * Math.sin(this.#phase));
      this.#phase += this.#step;
    }
    this.#phase %= 2 * Math.PI;
  }
}

/**
 * How much of the power of `pcm[at, at + samples)` lies at `frequency` (Hz), from 0 to 1, by the Goertzel algorithm.
 * A pure tone gives nearly 1, its share in anything else less; silence gives 0. Resolution is about
 * sampleRate / samples Hz: 40 ms tell tones apart that are 25 Hz or more from each other.
 */
export function tonePresence(
  pcm: Int16Array,
  frequency: number,
  sampleRate = 8000,
  at = 0,
  samples = pcm.length - at,
): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let last = 0;
  let beforeLast = 0;
  let energy = 0;
  for (let index = at; index < at + samples; index += 1) {
    const sample = pcm[index] as number;
    energy += sample * sample;
    const next = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = next;
  }
  if (energy === 0) return 0;
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  return Math.min(1, (2 * power) / (samples * energy));
}
