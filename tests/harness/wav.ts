import { readFileSync, writeFileSync } from 'node:fs';

/** Mono 16-bit PCM. */
export interface Pcm {
  readonly sampleRate: number;
  readonly samples: Int16Array;
}

const HEADER_LENGTH = 44;

/** Writes a RIFF/WAVE file of 16-bit PCM. */
export function writeWav(path: string, { sampleRate, samples }: Pcm): void {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.write('RIFF', 0);
  header.writeUInt32LE(HEADER_LENGTH - 8 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]));
}

/**
 * Reads 16-bit PCM, the first channel of several. A file that is still being written, whose lengths are not filled in
 * yet, is read to its present end. Throws when it is no such file.
 */
export function readWav(path: string): Pcm {
  const file = readFileSync(path);
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF') throw new Error(`${path} is no WAV file`);
  let sampleRate = 0;
  let channels = 0;
  for (let offset = 12; offset + 8 <= file.length; ) {
    const id = file.toString('latin1', offset, offset + 4);
    const length = file.readUInt32LE(offset + 4);
    const start = offset + 8;
    if (id === 'fmt ') {
      channels = file.readUInt16LE(start + 2);
      sampleRate = file.readUInt32LE(start + 4);
      if (file.readUInt16LE(start + 14) !== 16) throw new Error(`${path} is not 16-bit PCM`);
    } else if (id === 'data') {
      const end = length === 0 || start + length > file.length ? file.length : start + length;
      const frames = Math.floor((end - start) / (2 * channels));
      const samples = Int16Array.from({ length: frames }, (_, frame) => file.readInt16LE(start + frame * channels * 2));
      return { sampleRate, samples };
    }
    offset = start + length + (length % 2);
  }
  throw new Error(`${path} has no data yet`);
}
