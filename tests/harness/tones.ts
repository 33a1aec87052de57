import type { Pcm } from './wav.js';

export interface Sine {
  readonly frequencyHz: number;
  readonly seconds: number;
  readonly sampleRate?: number;
  /** Of full scale, 0 to 1. */
  readonly amplitude?: number;
  /**
   * Sounds for 400 ms of every 500. Browsers take an unbroken tone for noise and suppress it; bursts pass like syllables.
   */
  readonly bursts?: boolean;
}

const BURST_MS = 400;
const BURST_PERIOD_MS = 500;
const RAMP_MS = 10;

/** 1 while a burst sounds, 0 in the gap, with ramps so that its edges do not click. */
function burstEnvelope(ms: number): number {
  const at = ms % BURST_PERIOD_MS;
  if (at >= BURST_MS) return 0;
  return Math.min(1, at / RAMP_MS, (BURST_MS - at) / RAMP_MS);
}

export function sine({ frequencyHz, seconds, sampleRate = 48_000, amplitude = 0.5, bursts = false }: Sine): Pcm {
  const samples = new Int16Array(Math.round(seconds * sampleRate));
  for (let index = 0; index < samples.length; index += 1) {
    const envelope = bursts ? burstEnvelope((index * 1000) / sampleRate) : 1;
    samples[index] = 32767 * amplitude * envelope * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRate);
  }
  return { sampleRate, samples };
}

/** The share of a block's energy at one frequency (Goertzel), 0 to 1; 1 for a pure tone, 0 for silence. */
export function toneShare(samples: Int16Array, sampleRate: number, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRate);
  let previous = 0;
  let beforePrevious = 0;
  let energy = 0;
  for (const sample of samples) {
    const current = sample + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  const power = previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious;
  return Math.min(1, (2 * power) / (samples.length * energy));
}

/** Long enough to tell tones 100 Hz apart, short enough for jitter buffers to stretch time between blocks. */
const BLOCK_MS = 50;
/** A block with less than this RMS (of 32768) is silence, whatever its spectrum. */
const SILENCE_RMS = 100;
const DOMINANT = 0.6;

const rms = (samples: Int16Array): number => {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return Math.sqrt(energy / Math.max(1, samples.length));
};

/** How long, in ms, a recording is clearly made of this one tone. */
export function toneMs({ samples, sampleRate }: Pcm, frequencyHz: number): number {
  const length = Math.round((sampleRate * BLOCK_MS) / 1000);
  let heard = 0;
  for (let start = 0; start + length <= samples.length; start += length) {
    const block = samples.subarray(start, start + length);
    if (rms(block) >= SILENCE_RMS && toneShare(block, sampleRate, frequencyHz) >= DOMINANT) heard += BLOCK_MS;
  }
  return heard;
}

/** How long, in ms, a recording is not silent. */
export function soundMs({ samples, sampleRate }: Pcm): number {
  const length = Math.round((sampleRate * BLOCK_MS) / 1000);
  let heard = 0;
  for (let start = 0; start + length <= samples.length; start += length) {
    if (rms(samples.subarray(start, start + length)) >= SILENCE_RMS) heard += BLOCK_MS;
  }
  return heard;
}
