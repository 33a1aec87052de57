import { beforeAll, expect, it } from 'vitest';
import type { AudioDecoder, AudioEncoder } from './codecs/audio-codec.js';
import { decodeG711, G711Decoder, G711Encoder } from './codecs/g711.js';
import { loadOpus, type OpusLibrary } from './codecs/opus.js';
import { pcmLevel } from './level.js';
import { OutgoingStream } from './outgoing-stream.js';
import { RtpPacketizer } from './packetizer.js';
import { Collector } from './testing/collector.js';
import { OPUS, PCMA } from './testing/legs.js';
import { seededRandom } from './testing/random.js';
import { ToneGenerator, tonePresence } from './tone.js';
import { AudioTranscoder } from './transcoder.js';

let opus: OpusLibrary;
beforeAll(async () => {
  opus = await loadOpus(4);
});

const TONE = 440;

/** PCMA of a tone into a transcoder; `arrives` decides which packets do. */
function setup(decoder: AudioDecoder, encoder: AudioEncoder, ptimeMs = 20, target = PCMA, sourceClockRate = 8000) {
  const collector = new Collector();
  const packetizer = new RtpPacketizer(new OutgoingStream(5, 300, 1000), target, collector);
  const transcoder = new AudioTranscoder({ decoder, encoder, sourceClockRate, ptimeMs, packetizer });
  return { collector, transcoder };
}

function toneSource(encoder: AudioEncoder, packetMs: number) {
  const tone = new ToneGenerator(TONE, 8000);
  const pcm = new Int16Array(packetMs * 8);
  const payload = new Uint8Array(1275);
  return () => {
    tone.fill(pcm, 0, pcm.length);
    const length = encoder.encode(pcm, 0, pcm.length, payload, 0);
    return payload.slice(0, length);
  };
}

function heard(collector: Collector, decoder: AudioDecoder): Int16Array {
  const pcm = new Int16Array(960);
  const all: number[] = [];
  for (const { payload } of collector.packets) {
    const samples = decoder.decode(payload, 0, payload.length, pcm, 0);
    all.push(...pcm.subarray(0, samples));
  }
  return Int16Array.from(all);
}

it.each([10, 20, 30, 40, 60])('turns packets of %i ms into packets of 20 ms, continuous in number and time', (ms) => {
  const { collector, transcoder } = setup(new G711Decoder('PCMU'), new G711Encoder('PCMA'));
  const next = toneSource(new G711Encoder('PCMU'), ms);
  for (let n = 0; n < 30; n += 1) {
    const payload = next();
    expect(transcoder.push((65_530 + n) & 0xffff, n * ms * 8, payload, 0, payload.length, n * ms)).toBe(true);
  }
  expect(collector.packets.length).toBe(Math.floor((30 * ms) / 20));
  collector.packets.forEach((packet, n) => {
    expect(packet).toMatchObject({ sequence: 300 + n, timestamp: 1000 + n * 160, marker: n === 0, payloadType: 8 });
    expect(packet.payload.length).toBe(160);
  });
  expect(tonePresence(heard(collector, new G711Decoder('PCMA')), TONE)).toBeGreaterThan(0.99);
});

it('sends longer packets where the destination wants them', () => {
  const { collector, transcoder } = setup(new G711Decoder('PCMU'), new G711Encoder('PCMA'), 60);
  const next = toneSource(new G711Encoder('PCMU'), 20);
  for (let n = 0; n < 9; n += 1) transcoder.push(n, n * 160, next(), 0, 160, n * 20);
  expect(collector.timestamps).toEqual([1000, 1480, 1960]);
  expect(collector.packets.every(({ payload }) => payload.length === 480)).toBe(true);
});

it.each(['Opus to PCMA', 'PCMA to Opus'])('keeps a tone from %s under 5% loss, without a gap', (direction) => {
  const random = seededRandom(42);
  const fromOpus = direction === 'Opus to PCMA';
  const { collector, transcoder } = fromOpus
    ? setup(opus.decoder(8000), new G711Encoder('PCMA'), 20, PCMA, 48_000)
    : setup(new G711Decoder('PCMA'), opus.encoder(8000), 20, OPUS, 8000);
  const next = toneSource(fromOpus ? opus.encoder(8000) : new G711Encoder('PCMA'), 20);
  const ticks = fromOpus ? 960 : 160;
  let lost = 0;
  for (let n = 0; n < 250; n += 1) {
    const payload = next();
    if (n > 0 && n < 249 && random() < 0.05) lost += 1;
    else transcoder.push(n, n * ticks, payload, 0, payload.length, n * 20);
  }
  expect(lost).toBeGreaterThan(5);
  expect(collector.packets.length).toBe(250);
  const step = fromOpus ? 160 : 960;
  collector.packets.forEach((packet, n) => {
    expect(packet).toMatchObject({ sequence: 300 + n, timestamp: 1000 + n * step });
  });
  expect(transcoder.concealedMs).toBe(lost * 20);
  const pcm = heard(collector, fromOpus ? new G711Decoder('PCMA') : opus.decoder(8000));
  let clear = 0;
  for (let at = 800; at + 400 <= pcm.length; at += 400) if (tonePresence(pcm, TONE, 8000, at, 400) > 0.8) clear += 1;
  expect(clear / Math.floor((pcm.length - 800) / 400)).toBeGreaterThan(0.9);
  expect(pcmLevel(pcm, 800, pcm.length - 800)).toBeGreaterThan(-12);
  transcoder.free();
});

it('conceals G.711 by repetition that fades to silence', () => {
  const { collector, transcoder } = setup(new G711Decoder('PCMU'), new G711Encoder('PCMA'));
  const next = toneSource(new G711Encoder('PCMU'), 20);
  for (const n of [0, 1, 2, 7]) transcoder.push(n, n * 160, next(), 0, 160, n * 20);
  expect(collector.packets.length).toBe(8);
  const pcm = heard(collector, new G711Decoder('PCMA'));
  const levels = Array.from({ length: 8 }, (_, n) => pcmLevel(pcm, n * 160, 160));
  expect(levels[3]).toBeGreaterThan(-13);
  expect(levels[4]).toBeLessThan(levels[3] as number);
  expect(levels[6]).toBeLessThan(-60);
  expect(levels[7]).toBeGreaterThan(-10);
});

it('drops what comes late or twice', () => {
  const { collector, transcoder } = setup(new G711Decoder('PCMU'), new G711Encoder('PCMA'));
  const next = toneSource(new G711Encoder('PCMU'), 20);
  const pushed = [0, 1, 3, 2, 3, 4].map((n, order) => transcoder.push(n, n * 160, next(), 0, 160, order * 20));
  expect(pushed).toEqual([true, true, true, false, false, true]);
  expect(collector.packets.length).toBe(5);
});

it('keeps a pause a pause, with a marker after it', () => {
  const { collector, transcoder } = setup(opus.decoder(8000), new G711Encoder('PCMA'), 20, PCMA, 48_000);
  const next = toneSource(opus.encoder(8000), 20);
  for (const [sequence, frame] of [
    [0, 0],
    [1, 1],
    [2, 21],
    [3, 22],
  ] as const) {
    const payload = next();
    transcoder.push(sequence, frame * 960, payload, 0, payload.length, frame * 20);
  }
  expect(collector.timestamps).toEqual([0, 1, 21, 22].map((frame) => 1000 + frame * 160));
  expect(collector.packets.map(({ marker }) => marker)).toEqual([true, false, true, false]);
  expect(collector.sequences).toEqual([300, 301, 302, 303]);
  expect(transcoder.concealedMs).toBe(0);
});

it('does not miss the numbers of packets that carried no audio', () => {
  const { transcoder } = setup(new G711Decoder('PCMU'), new G711Encoder('PCMA'));
  const next = toneSource(new G711Encoder('PCMU'), 20);
  transcoder.push(0, 0, next(), 0, 160, 0);
  for (let n = 1; n < 6; n += 1) transcoder.pass(n);
  transcoder.push(6, 960, next(), 0, 160, 120);
  expect(transcoder.concealedMs).toBe(0);
});

it('follows a jump of number and timestamp at the second packet, without made-up audio', () => {
  const { collector, transcoder } = setup(new G711Decoder('PCMU'), new G711Encoder('PCMA'));
  const next = toneSource(new G711Encoder('PCMU'), 20);
  transcoder.push(0, 0, next(), 0, 160, 0);
  expect(transcoder.push(30_000, 5_000_000, next(), 0, 160, 20)).toBe(false);
  expect(transcoder.push(30_001, 5_000_160, next(), 0, 160, 40)).toBe(true);
  expect(transcoder.push(30_002, 9_000_000, next(), 0, 160, 60)).toBe(true);
  expect(collector.sequences).toEqual([300, 301, 302]);
  expect(collector.timestamps).toEqual([1000, 1320, 1480]);
});

it('survives payloads that do not decode', () => {
  const { collector, transcoder } = setup(opus.decoder(8000), new G711Encoder('PCMA'), 20, PCMA, 48_000);
  const random = seededRandom(9);
  for (let n = 0; n < 500; n += 1) {
    const payload = Uint8Array.from({ length: 1 + Math.floor(random() * 80) }, () => random() * 256);
    const sequence = random() < 0.1 ? Math.floor(random() * 65536) : n;
    transcoder.push(sequence, n * 960, payload, 0, payload.length, n * 20);
  }
  expect(collector.packets.length).toBeLessThan(500 * 12);
  const pcm = new Int16Array(160);
  for (const { payload } of collector.packets) expect(decodeG711('PCMA', payload, 0, 160, pcm, 0)).toBe(160);
});
