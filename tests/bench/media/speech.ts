import { encodeG711 } from '@earshot/rtp';
import { Application, createEncoder, Signal } from 'libopus-wasm';
import type { Scenario } from './target.js';

/** The strongest partial of the test voice, in Hz: what must still be there on the far side of a transcoder. */
export const VOICE_HZ = 400;
const FRAME_MS = 20;
export const FRAMES_PER_SECOND = 1000 / FRAME_MS;
/** The voice repeats after this many frames. */
const FRAMES = 200;
const PARTIALS: readonly (readonly [multiple: number, amplitude: number])[] = [
  [0.5, 0.1],
  [1, 0.3],
  [1.5, 0.08],
  [2, 0.08],
  [3.5, 0.05],
  [5, 0.03],
];

/** A voice-like sound at `rate` Hz: harmonics whose loudness swells at the pace of syllables, over faint noise. */
function voice(rate: number): Int16Array {
  const samples = new Int16Array((rate * FRAMES) / FRAMES_PER_SECOND);
  let seed = 7;
  for (let index = 0; index < samples.length; index += 1) {
    const seconds = index / rate;
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    let value = (seed / 2 ** 31) * 0.005;
    const loudness = 0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * seconds);
    for (const [multiple, amplitude] of PARTIALS) {
      value += loudness * amplitude * Math.sin(2 * Math.PI * VOICE_HZ * multiple * seconds);
    }
    samples[index] = 32767 * value;
  }
  return samples;
}

function pcmaFrames(): readonly Uint8Array[] {
  const samples = voice(8000);
  const length = samples.length / FRAMES;
  return Array.from({ length: FRAMES }, (_, frame) => {
    const payload = new Uint8Array(length);
    encodeG711('PCMA', samples, frame * length, length, payload, 0);
    return payload;
  });
}

/** As Chromium sends it: 48 kHz, mono, 32 kbit/s, variable, for voice. */
async function opusFrames(): Promise<readonly Uint8Array[]> {
  const samples = voice(48_000);
  const length = samples.length / FRAMES;
  const encoder = await createEncoder({
    sampleRate: 48_000,
    channels: 1,
    application: Application.Voip,
    signal: Signal.Voice,
    bitrate: 32_000,
    complexity: 9,
    vbr: true,
  });
  const frames = Array.from({ length: FRAMES }, (_, frame) =>
    Uint8Array.from(encoder.encode(samples.subarray(frame * length, (frame + 1) * length), { frameSize: length })),
  );
  encoder.free();
  return frames;
}

/** Payloads of 20 ms each, the same for every engine under test. */
export interface Speech {
  readonly pcma: readonly Uint8Array[];
  readonly opus: readonly Uint8Array[];
}

export const makeSpeech = async (): Promise<Speech> => ({ pcma: pcmaFrames(), opus: await opusFrames() });

/** RTP clock ticks of one frame (RFC 3551, RFC 7587). */
export const TICKS: Readonly<Record<Scenario, number>> = { pcma: 160, opus: 960 };
