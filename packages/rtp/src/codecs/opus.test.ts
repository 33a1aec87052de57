import { createEncoder } from 'libopus-wasm';
import { beforeAll, expect, it } from 'vitest';
import { OPUS_SILENCE } from '../comfort-noise.js';
import { pcmLevel } from '../level.js';
import { seededRandom } from '../testing/random.js';
import { ToneGenerator, tonePresence } from '../tone.js';
import { hasErrorCorrection, loadOpus, type OpusLibrary } from './opus.js';

let opus: OpusLibrary;
beforeAll(async () => {
  opus = await loadOpus(4);
});

const ROOM = 8000;

it('keeps a tone, at either rate', async () => {
  await opus.prepare(16000);
  for (const rate of [8000, 16000] as const) {
    const encoder = opus.encoder(rate);
    const decoder = opus.decoder(rate);
    const frame = rate / 50;
    const tone = new ToneGenerator(440, rate);
    const pcm = new Int16Array(frame);
    const heard = new Int16Array(ROOM);
    const packet = new Uint8Array(1275);
    let total = 0;
    for (let n = 0; n < 20; n += 1) {
      tone.fill(pcm, 0, frame);
      const length = encoder.encode(pcm, 0, frame, packet, 0);
      expect(length).toBeGreaterThan(2);
      total = decoder.decode(packet, 0, length, heard, 0);
      expect(total).toBe(frame);
    }
    expect(tonePresence(heard, 440, rate, 0, total)).toBeGreaterThan(0.9);
    encoder.free();
    decoder.free();
  }
});

it('mixes stereo packets down to mono', async () => {
  const stereo = await createEncoder({ sampleRate: 48000, channels: 2 });
  const decoder = opus.decoder(8000);
  const left = new ToneGenerator(500, 48000);
  const mono = new Int16Array(960);
  const pcm = new Int16Array(1920);
  const heard = new Int16Array(ROOM);
  let samples = 0;
  for (let n = 0; n < 10; n += 1) {
    left.fill(mono, 0, 960);
    mono.forEach((sample, index) => {
      pcm[2 * index] = sample;
      pcm[2 * index + 1] = sample;
    });
    const packet = stereo.encode(pcm);
    samples = decoder.decode(packet, 0, packet.length, heard, 0);
  }
  expect(samples).toBe(160);
  expect(tonePresence(heard, 500, 8000, 0, 160)).toBeGreaterThan(0.9);
  stereo.free();
  decoder.free();
});

it('recovers a lost frame from the next packet, and conceals what is before it', () => {
  const encoder = opus.encoder(8000, { fec: true, lossPercent: 20 });
  const decoder = opus.decoder(8000);
  const tone = new ToneGenerator(300, 8000);
  const pcm = new Int16Array(160);
  const heard = new Int16Array(ROOM);
  const packet = new Uint8Array(1275);
  for (let n = 0; n < 30; n += 1) {
    tone.fill(pcm, 0, 160);
    const length = encoder.encode(pcm, 0, 160, packet, 0);
    if (n === 20 || n === 21) continue;
    if (n === 22) {
      expect(decoder.conceal(packet, 0, length, 320, heard, 0)).toBe(320);
      expect(tonePresence(heard, 300, 8000, 0, 320)).toBeGreaterThan(0.7);
      expect(pcmLevel(heard, 160, 160)).toBeGreaterThan(-20);
    }
    decoder.decode(packet, 0, length, heard, 0);
  }
  encoder.free();
  decoder.free();
});

it('sends nothing for silence with DTX', () => {
  const encoder = opus.encoder(8000, { dtx: true });
  const pcm = new Int16Array(160);
  const packet = new Uint8Array(1275);
  const lengths = Array.from({ length: 60 }, () => encoder.encode(pcm, 0, 160, packet, 0));
  expect(lengths.filter((length) => length === 0).length).toBeGreaterThan(20);
  encoder.free();
});

it('returns 0 for payloads that are not Opus, and never throws', () => {
  const decoder = opus.decoder(8000);
  const random = seededRandom(11);
  const heard = new Int16Array(ROOM);
  for (let n = 0; n < 2000; n += 1) {
    const payload = Uint8Array.from({ length: 1 + Math.floor(random() * 60) }, () => random() * 256);
    expect(decoder.decode(payload, 0, payload.length, heard, 0)).toBeLessThanOrEqual(960);
    expect(decoder.conceal(payload, 0, payload.length, 160, heard, 0)).toBeLessThanOrEqual(160);
  }
  expect(decoder.decode(Uint8Array.of(0xff, 0xff), 0, 2, heard, 0)).toBe(0);
  expect(decoder.decode(new Uint8Array(0), 0, 0, heard, 0)).toBe(0);
  expect(decoder.decode(OPUS_SILENCE as Uint8Array, 0, 3, heard, ROOM - 100)).toBe(0);
  decoder.free();
});

it('knows silence as a packet', () => {
  const decoder = opus.decoder(8000);
  const heard = new Int16Array(ROOM);
  expect(decoder.decode(OPUS_SILENCE as Uint8Array, 0, OPUS_SILENCE.length, heard, 0)).toBe(160);
  expect(pcmLevel(heard, 0, 160)).toBeLessThan(-90);
  decoder.free();
  expect(decoder.decode(OPUS_SILENCE as Uint8Array, 0, OPUS_SILENCE.length, heard, 0)).toBe(0);
  decoder.free();
});

it('gives out codecs beyond the reserve that start a turn later', async () => {
  const many = Array.from({ length: 12 }, () => opus.decoder(8000));
  const heard = new Int16Array(ROOM);
  const decode = () => many.map((decoder) => decoder.decode(OPUS_SILENCE as Uint8Array, 0, 3, heard, 0));
  expect(decode()).toContain(0);
  await opus.prepare(8000);
  expect(decode()).toEqual(new Array(12).fill(160));
  for (const decoder of many) decoder.free();
});

it('tells packets that carry the frame before them from those that do not', () => {
  const [encoder, plain] = [opus.encoder(8000), opus.encoder(8000, { fec: false })];
  const pcm = new Int16Array(480);
  let at = 0;
  // Comes and goes as syllables do: libopus repeats what it takes for speech.
  const voice = (): number => {
    at += 1 / 8000;
    return 8000 * Math.sin(2 * Math.PI * (150 + 50 * Math.sin(3 * at)) * at) * (Math.sin(8 * at) > -0.3 ? 1 : 0.02);
  };
  for (const samples of [160, 320, 480]) {
    const found = { with: 0, without: 0 };
    for (let n = 0; n < 40; n += 1) {
      for (let index = 0; index < samples; index += 1) pcm[index] = voice();
      const payload = new Uint8Array(1275);
      const length = encoder.encode(pcm, 0, samples, payload, 0);
      if (hasErrorCorrection(payload, 0, length)) found.with += 1;
      const without = plain.encode(pcm, 0, samples, payload, 0);
      if (hasErrorCorrection(payload, 0, without)) found.without += 1;
    }
    expect(found.with, `${samples} samples`).toBeGreaterThan(15);
    expect(found.without).toBe(0);
  }
});
