import { expect, it } from 'vitest';
import { seededRandom } from './testing/random.js';
import { ToneGenerator, tonePresence } from './tone.js';

it('finds a tone where it is and nowhere else, across buffers', () => {
  const tone = new ToneGenerator(697);
  const pcm = new Int16Array(480);
  for (let at = 0; at < 480; at += 160) tone.fill(pcm, at, 160);
  expect(tonePresence(pcm, 697)).toBeGreaterThan(0.99);
  expect(tonePresence(pcm, 770)).toBeLessThan(0.05);
});

it('gives each of two tones its share', () => {
  const low = new Int16Array(800);
  const high = new Int16Array(800);
  new ToneGenerator(400, 8000, 0.3).fill(low, 0, 800);
  new ToneGenerator(1200, 8000, 0.3).fill(high, 0, 800);
  const mixed = low.map((sample, index) => sample + (high[index] as number));
  expect(tonePresence(mixed, 400)).toBeCloseTo(0.5, 1);
  expect(tonePresence(mixed, 1200)).toBeCloseTo(0.5, 1);
});

it('finds no tone in silence or noise', () => {
  expect(tonePresence(new Int16Array(160), 440)).toBe(0);
  const random = seededRandom(5);
  const noise = Int16Array.from({ length: 800 }, () => (random() - 0.5) * 20_000);
  expect(tonePresence(noise, 440)).toBeLessThan(0.05);
});
