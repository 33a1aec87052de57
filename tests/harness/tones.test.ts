import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sine, soundMs, toneMs, toneShare } from './tones.js';
import { readWav, writeWav } from './wav.js';

it('finds a tone and no other', () => {
  const tone = sine({ frequencyHz: 440, seconds: 1, sampleRate: 8000 });
  expect(toneMs(tone, 440)).toBe(1000);
  for (const other of [300, 340, 540, 880, 1000]) expect(toneMs(tone, other)).toBe(0);
});

it('hears bursts for their share of the time', () => {
  const tone = sine({ frequencyHz: 700, seconds: 2, bursts: true });
  expect(toneMs(tone, 700)).toBe(1600);
  expect(soundMs(tone)).toBe(1600);
});

it('takes silence and noise for no tone', () => {
  expect(toneShare(new Int16Array(400), 8000, 440)).toBe(0);
  let seed = 1;
  const noise = Int16Array.from({ length: 8000 }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) | 0;
    return seed >> 18;
  });
  expect(toneMs({ samples: noise, sampleRate: 8000 }, 440)).toBe(0);
  expect(soundMs({ samples: noise, sampleRate: 8000 })).toBe(1000);
});

it('writes WAV files that it reads back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-wav-'));
  try {
    const tone = sine({ frequencyHz: 500, seconds: 0.1, sampleRate: 16_000 });
    writeWav(join(folder, 'tone.wav'), tone);
    expect(readWav(join(folder, 'tone.wav'))).toEqual(tone);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
