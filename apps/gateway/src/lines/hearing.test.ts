import { encodeG711, ToneGenerator } from '@earshot/rtp';
import { expect, it } from 'vitest';
import { Hearing } from './hearing.js';

function speak(hearing: Hearing, frequency: number, level: number, frames = 50): void {
  const tone = new ToneGenerator(frequency, 8000, level);
  const pcm = new Int16Array(160);
  const payload = new Uint8Array(172);
  for (let frame = 0; frame < frames; frame += 1) {
    tone.fill(pcm, 0, 160);
    encodeG711('PCMA', pcm, 0, 160, payload, 12);
    hearing.hear(payload, 12, 172);
  }
}

it.each([305, 440, 700, 1000, 2600])('tells the pitch of %d Hz', (frequency) => {
  const hearing = new Hearing('PCMA');
  speak(hearing, frequency, 0.5);
  const { toneHz, loudestDbov, packets } = hearing.summary();
  expect(toneHz).toBe(frequency);
  expect(loudestDbov).toBeGreaterThan(-12);
  expect(packets).toBe(50);
});

it('keeps the loudest part and names no pitch for silence', () => {
  const hearing = new Hearing('PCMA');
  expect(hearing.summary()).toEqual({ packets: 0, loudestDbov: -127, digits: 0 });
  speak(hearing, 440, 0);
  expect(hearing.summary().toneHz).toBeUndefined();
  speak(hearing, 600, 0.5);
  speak(hearing, 440, 0.05);
  expect(hearing.summary().toneHz).toBe(600);
});
