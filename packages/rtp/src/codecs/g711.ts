import type { AudioDecoder, AudioEncoder } from './audio-codec.js';
import { G711Concealment } from './g711-concealment.js';

/** The two laws of ITU-T G.711, by their RTP names (RFC 3551 sections 4.5.14). One byte is one sample at 8 kHz. */
export type G711Law = 'PCMU' | 'PCMA';

export const G711_RATE = 8000;

/** The byte of the quietest sample: +0 in u-law, +1 quantum in A-law, which has no zero. */
export const G711_SILENCE = { PCMU: 0xff, PCMA: 0xd5 } as const;

/** The sample, scaled to 16 bits, of each u-law byte (G.711 table 2: 14-bit values, so steps of 4). */
function expandPcmu(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 1) + 33) << ((code >> 4) & 7)) - 33;
  return (code & 0x80) === 0 ? magnitude * 4 : -magnitude * 4;
}

/** The sample, scaled to 16 bits, of each A-law byte (G.711 table 1: 13-bit values, so steps of 8). */
function expandPcma(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code >> 4) & 7;
  const step = ((code & 0x0f) << 1) + 1;
  const magnitude = segment === 0 ? step : (step + 32) << (segment - 1);
  return (code & 0x80) === 0 ? -magnitude * 8 : magnitude * 8;
}

/** Segment of a magnitude: the position of its highest bit above the `bits` lowest. */
const segmentOf = (magnitude: number, bits: number): number => Math.max(0, 32 - Math.clz32(magnitude) - bits);

/** `sample`: 14 bits, signed. Negative ones are taken in one's complement, as ITU-T G.191 does. */
function compressPcmu(sample: number): number {
  const magnitude = Math.min((sample < 0 ? ~sample : sample) + 33, 0x1fff);
  const segment = segmentOf(magnitude, 6);
  const code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0f);
  return ~(sample < 0 ? code | 0x80 : code) & 0xff;
}

/** `sample`: 13 bits, signed. */
function compressPcma(sample: number): number {
  const magnitude = sample < 0 ? ~sample : sample;
  const segment = segmentOf(magnitude, 5);
  const code = (segment << 4) | ((magnitude >> Math.max(1, segment)) & 0x0f);
  return (sample < 0 ? code : code | 0x80) ^ 0x55;
}

const tabulate = (size: number, value: (index: number) => number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, index) => value(index));

const EXPAND: Readonly<Record<G711Law, Int16Array>> = {
  PCMU: Int16Array.from({ length: 256 }, (_, byte) => expandPcmu(byte)),
  PCMA: Int16Array.from({ length: 256 }, (_, byte) => expandPcma(byte)),
};

/** Indexed by the sample's high bits as an unsigned number; the shift says how many low bits do not matter. */
const COMPRESS: Readonly<Record<G711Law, Uint8Array>> = {
  PCMU: tabulate(1 << 14, (index) => compressPcmu((index << 18) >> 18)),
  PCMA: tabulate(1 << 13, (index) => compressPcma((index << 19) >> 19)),
};
const COMPRESS_SHIFT: Readonly<Record<G711Law, number>> = { PCMU: 2, PCMA: 3 };

/** Runs `[first, last]` of consecutive values, each value given `times` times. */
function runs(...parts: readonly (readonly [first: number, last: number, times?: number, step?: number])[]): number[] {
  const values: number[] = [];
  for (const [first, last, times = 1, step = 1] of parts) {
    for (let value = first; value <= last; value += step) for (let n = 0; n < times; n += 1) values.push(value);
  }
  return values;
}

/**
 * G.711 table 3: u-law decision value numbers 0 to 127 to A-law ones (1 to 128). Not the nearest neighbours
 * throughout: the recommendation chose pairs that survive being converted back.
 */
const PCMU_TO_PCMA_NUMBERS = runs(
  [1, 8, 2],
  [9, 25],
  [27, 33, 1, 2],
  [34, 44],
  [46, 46],
  [48, 62],
  [64, 80],
  [82, 128],
);
/** G.711 table 4: A-law numbers 0 to 127 to u-law ones. */
const PCMA_TO_PCMU_NUMBERS = runs(
  [1, 15, 1, 2],
  [16, 31],
  [32, 35, 2],
  [36, 47],
  [48, 49, 2],
  [50, 63],
  [64, 64, 2],
  [65, 79],
  [80, 80, 2],
  [81, 127],
);

const PCMU_TO_PCMA = tabulate(256, (byte) => {
  const number = (PCMU_TO_PCMA_NUMBERS[~byte & 0x7f] as number) - 1;
  return byte >= 0x80 ? number ^ 0xd5 : number ^ 0x55;
});
const PCMA_TO_PCMU = tabulate(256, (byte) => {
  const number = PCMA_TO_PCMU_NUMBERS[(byte ^ 0x55) & 0x7f] as number;
  return byte >= 0x80 ? number ^ 0xff : number ^ 0x7f;
});

/** Decodes `payload[start, end)` to `pcm[at...]`; returns samples written. The caller sees to the room. */
export function decodeG711(
  law: G711Law,
  payload: Uint8Array,
  start: number,
  end: number,
  pcm: Int16Array,
  at: number,
): number {
  const table = EXPAND[law];
  for (let from = start, to = at; from < end; from += 1, to += 1) {
    pcm[to] = table[payload[from] as number] as number;
  }
  return end - start;
}

/** Encodes `pcm[at, at + samples)` to `payload[start...]`; returns bytes written. */
export function encodeG711(
  law: G711Law,
  pcm: Int16Array,
  at: number,
  samples: number,
  payload: Uint8Array,
  start: number,
): number {
  const table = COMPRESS[law];
  const shift = COMPRESS_SHIFT[law];
  const mask = table.length - 1;
  for (let index = 0; index < samples; index += 1) {
    payload[start + index] = table[((pcm[at + index] as number) >> shift) & mask] as number;
  }
  return samples;
}

/** Rewrites `bytes[start, end)` from one law to the other in place, by the tables of G.711. */
export function convertG711(from: G711Law, bytes: Uint8Array, start: number, end: number): void {
  const table = from === 'PCMU' ? PCMU_TO_PCMA : PCMA_TO_PCMU;
  for (let at = start; at < end; at += 1) bytes[at] = table[bytes[at] as number] as number;
}

/** G.711 at 8 kHz. Holds nothing that needs freeing. */
export class G711Decoder implements AudioDecoder {
  readonly sampleRate = G711_RATE;
  readonly #law: G711Law;
  readonly #concealment = new G711Concealment();

  constructor(law: G711Law) {
    this.#law = law;
  }

  decode(payload: Uint8Array, start: number, end: number, pcm: Int16Array, at: number): number {
    if (end <= start || at + end - start > pcm.length) return 0;
    const samples = decodeG711(this.#law, payload, start, end, pcm, at);
    this.#concealment.remember(pcm, at, samples);
    return samples;
  }

  conceal(_payload: Uint8Array, _start: number, _end: number, samples: number, pcm: Int16Array, at: number): number {
    if (at + samples > pcm.length) return 0;
    return this.#concealment.conceal(samples, pcm, at);
  }

  free(): void {
    // Nothing outside the JavaScript heap.
  }
}

export class G711Encoder implements AudioEncoder {
  readonly sampleRate = G711_RATE;
  readonly #law: G711Law;

  constructor(law: G711Law) {
    this.#law = law;
  }

  encode(pcm: Int16Array, at: number, samples: number, payload: Uint8Array, start: number): number {
    if (start + samples > payload.length) return 0;
    return encodeG711(this.#law, pcm, at, samples, payload, start);
  }

  free(): void {
    // Nothing outside the JavaScript heap.
  }
}
