import { fromHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { ComfortNoise } from './comfort-noise.js';
import { g711Level, pcmLevel, SILENT_DBOV } from './level.js';
import { ToneGenerator } from './tone.js';

it('gives 0 dBov for a full-scale square wave, 3 less for a sine, -127 for silence', () => {
  const square = Int16Array.from({ length: 160 }, (_, index) => (index % 2 === 0 ? 32767 : -32768));
  expect(pcmLevel(square, 0, 160)).toBeCloseTo(0, 3);
  const sine = new Int16Array(8000);
  new ToneGenerator(1000, 8000, 1).fill(sine, 0, 8000);
  expect(pcmLevel(sine, 0, 8000)).toBeCloseTo(-3.01, 2);
  expect(pcmLevel(new Int16Array(160), 0, 160)).toBe(SILENT_DBOV);
  expect(pcmLevel(sine, 0, 0)).toBe(SILENT_DBOV);
});

it('finds the digital milliwatt 3.14 dB below the overload of a sine (G.711 section 5)', () => {
  expect(g711Level('PCMA', fromHex('34 21 21 34 b4 a1 a1 b4'), 0, 8)).toBeCloseTo(-3.14 - 3.01, 1);
  expect(g711Level('PCMU', fromHex('1e 0b 0b 1e 9e 8b 8b 9e'), 0, 8)).toBeCloseTo(-3.17 - 3.01, 1);
  expect(g711Level('PCMU', new Uint8Array(160).fill(0xff), 0, 160)).toBe(SILENT_DBOV);
});

it('makes comfort noise of the level asked for', () => {
  const pcm = new Int16Array(8000);
  new ComfortNoise(-50, 3).fill(pcm, 0, 8000);
  expect(pcmLevel(pcm, 0, 8000)).toBeCloseTo(-50, 0);
});
