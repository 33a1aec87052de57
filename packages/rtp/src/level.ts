import { decodeG711, type G711Law } from './codecs/g711.js';

/** Silence, as RFC 6464 writes it: 127 below overload. */
export const SILENT_DBOV = -127;
const OVERLOAD = 32768;

function toDbov(sumOfSquares: number, samples: number): number {
  if (samples === 0 || sumOfSquares === 0) return SILENT_DBOV;
  const level = 10 * Math.log10(sumOfSquares / samples / (OVERLOAD * OVERLOAD));
  return Math.max(SILENT_DBOV, Math.min(0, level));
}

/** RMS level of `pcm[at, at + samples)` in dBov (RFC 6464): 0 is a full-scale square wave, -127 silence. */
export function pcmLevel(pcm: Int16Array, at: number, samples: number): number {
  let sum = 0;
  for (let index = at; index < at + samples; index += 1) {
    const sample = pcm[index] as number;
    sum += sample * sample;
  }
  return toDbov(sum, samples);
}

function squares(law: G711Law): Float64Array {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const pcm = new Int16Array(256);
  decodeG711(law, bytes, 0, 256, pcm, 0);
  return Float64Array.from(pcm, (sample) => sample * sample);
}

const SQUARES = { PCMU: squares('PCMU'), PCMA: squares('PCMA') };

/** RMS level of the G.711 samples `payload[start, end)` in dBov, without decoding them. */
export function g711Level(law: G711Law, payload: Uint8Array, start: number, end: number): number {
  const table = SQUARES[law];
  let sum = 0;
  for (let at = start; at < end; at += 1) sum += table[payload[at] as number] as number;
  return toDbov(sum, end - start);
}

/** The mean level of what is looked at between two questions. Measuring allocates nothing. */
export class LevelMeter {
  /** Sum of squares, and samples. */
  readonly #sums = new Float64Array(2);

  g711(law: G711Law, payload: Uint8Array, start: number, end: number): void {
    const table = SQUARES[law];
    let sum = 0;
    for (let at = start; at < end; at += 1) sum += table[payload[at] as number] as number;
    this.#add(sum, end - start);
  }

  pcm(pcm: Int16Array, at: number, samples: number): void {
    let sum = 0;
    for (let index = at; index < at + samples; index += 1) {
      const sample = pcm[index] as number;
      sum += sample * sample;
    }
    this.#add(sum, samples);
  }

  #add(squares: number, samples: number): void {
    const sums = this.#sums;
    sums[0] = (sums[0] as number) + squares;
    sums[1] = (sums[1] as number) + samples;
  }

  /** In dBov, and begins anew; undefined where nothing was looked at. */
  take(): number | undefined {
    const [sum, samples] = this.#sums as unknown as [number, number];
    this.#sums.fill(0);
    return samples === 0 ? undefined : toDbov(sum, samples);
  }
}
