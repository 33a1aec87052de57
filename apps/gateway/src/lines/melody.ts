const SAMPLE_RATE = 8_000;
/** Note length in ms. */
export const NOTE_MS = 400;
const ATTACK_SAMPLES = 160;
const LEVEL = 0.28 * 32_767;

/** C5, E5, G5, C6, G5, E5 in Hz: an arpeggio that survives every telephone codec. */
export const MELODY_HZ = [523.25, 659.25, 783.99, 1046.5, 783.99, 659.25] as const;

/** One round of the melody as 16-bit PCM at 8 kHz; it begins and ends at zero, so it loops without a click. */
export function renderMelody(): Int16Array {
  const perNote = (NOTE_MS * SAMPLE_RATE) / 1000;
  const pcm = new Int16Array(perNote * MELODY_HZ.length);
  MELODY_HZ.forEach((frequency, note) => {
    for (let index = 0; index < perNote; index += 1) {
      const attack = Math.min(1, index / ATTACK_SAMPLES);
      const decay = (1 - index / perNote) ** 0.5;
      const value = Math.sin((2 * Math.PI * frequency * index) / SAMPLE_RATE);
      pcm[note * perNote + index] = Math.round(value * attack * decay * LEVEL);
    }
  });
  return pcm;
}
