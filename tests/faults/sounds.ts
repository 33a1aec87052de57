import type { Pcm } from '../harness/wav.js';

/** What microphones of the catalogue pick up. Seeded: the same in every run. */

const RATE = 48_000;
const FULL = 32_767;

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Speech {
  readonly seconds: number;
  /** Peak of a syllable, 1 is full scale; beyond, it is cut off as an overloaded converter does. */
  readonly level: number;
  /** Nothing is said after so many seconds. */
  readonly until?: number;
  /** Of the room: root mean square, 1 is full scale. */
  readonly noise?: number;
}

/**
 * Something like speech: syllables of a gliding pitch with harmonics, three or four a second, in sentences with pauses,
 * over the noise of a room.
 */
export function speech({ seconds, level, until = seconds, noise = 0.0005 }: Speech): Pcm {
  const random = randomOf(7);
  const samples = new Int16Array(seconds * RATE);
  let phase = 0;
  for (let index = 0; index < samples.length; index += 1) {
    const at = index / RATE;
    const inSyllable = (at % 0.28) / 0.28;
    const isSpoken = at < until && at % 4 < 3.1 && inSyllable < 0.75;
    phase += (2 * Math.PI * (140 + 30 * Math.sin(at * 2.1))) / RATE;
    const envelope = isSpoken ? Math.sin((inSyllable / 0.75) * Math.PI) : 0;
    const voice = Math.sin(phase) + 0.6 * Math.sin(2 * phase) + 0.5 * Math.sin(5 * phase) + 0.3 * Math.sin(9 * phase);
    const value = (voice / 1.6) * envelope * level + (random() - 0.5) * noise * Math.sqrt(12);
    samples[index] = Math.round(Math.max(-1, Math.min(1, value)) * FULL);
  }
  return { sampleRate: RATE, samples };
}
