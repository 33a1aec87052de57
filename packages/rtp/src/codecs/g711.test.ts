import { fromHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { convertG711, decodeG711, encodeG711, G711_SILENCE, type G711Law } from './g711.js';

const LAWS: readonly G711Law[] = ['PCMU', 'PCMA'];
const ALL = Uint8Array.from({ length: 256 }, (_, byte) => byte);

function decode(law: G711Law, bytes: Uint8Array): Int16Array {
  const pcm = new Int16Array(bytes.length);
  decodeG711(law, bytes, 0, bytes.length, pcm, 0);
  return pcm;
}

function encode(law: G711Law, pcm: Int16Array): Uint8Array {
  const bytes = new Uint8Array(pcm.length);
  encodeG711(law, pcm, 0, pcm.length, bytes, 0);
  return bytes;
}

it('decodes the corners of both laws (G.711 tables 1 and 2, as 16 bits)', () => {
  expect([...decode('PCMU', fromHex('00 80 7f ff 70 f0 0f 8f'))]).toEqual([
    -32124, 32124, 0, 0, -120, 120, -16764, 16764,
  ]);
  expect([...decode('PCMA', fromHex('2a aa 55 d5 54 d4'))]).toEqual([-32256, 32256, -8, 8, -24, 24]);
});

it('gives back every byte it decoded, but for the second zero of u-law', () => {
  for (const law of LAWS) {
    const again = encode(law, decode(law, ALL));
    const expected = ALL.slice();
    if (law === 'PCMU') expected[0x7f] = 0xff;
    expect(again).toEqual(expected);
  }
});

it('encodes every 16-bit sample to a value within half a step, and in order', () => {
  const samples = Int16Array.from({ length: 65536 }, (_, index) => index - 32768);
  for (const law of LAWS) {
    const decoded = decode(law, encode(law, samples));
    let wrong = 0;
    let disorder = 0;
    samples.forEach((sample, index) => {
      // A step is at most 1/16 of the biased magnitude, and the lowest bits are cut off; beyond 32124 all is clipped.
      const bound = Math.abs(sample) > 32_124 ? 644 : (Math.abs(sample) + 132) / 32 + 4;
      if (Math.abs((decoded[index] as number) - sample) > bound) wrong += 1;
      if (index > 0 && (decoded[index] as number) < (decoded[index - 1] as number)) disorder += 1;
    });
    expect({ law, wrong, disorder }).toEqual({ law, wrong: 0, disorder: 0 });
  }
});

it('has the digital milliwatt in both laws (G.711 tables 5 and 6)', () => {
  const pcmu = fromHex('1e 0b 0b 1e 9e 8b 8b 9e');
  const pcma = fromHex('34 21 21 34 b4 a1 a1 b4');
  const converted = pcmu.slice();
  convertG711('PCMU', converted, 0, 8);
  expect(converted).toEqual(pcma);
  convertG711('PCMA', converted, 0, 8);
  expect(converted).toEqual(pcmu);
});

it('converts by the tables of the recommendation: close in value, and stable when repeated', () => {
  for (const from of LAWS) {
    const to: G711Law = from === 'PCMU' ? 'PCMA' : 'PCMU';
    const once = ALL.slice();
    convertG711(from, once, 0, 256);
    const before = decode(from, ALL);
    decode(to, once).forEach((value, byte) => {
      const original = before[byte] as number;
      expect(Math.abs(value - original)).toBeLessThanOrEqual(Math.max(16, Math.abs(original) * 0.06));
    });
    const there = once.slice();
    convertG711(to, there, 0, 256);
    convertG711(from, there, 0, 256);
    expect(there).toEqual(once);
  }
});

it('has silence bytes that decode to the quietest sample', () => {
  for (const law of LAWS) {
    expect(Math.abs(decode(law, Uint8Array.of(G711_SILENCE[law]))[0] as number)).toBeLessThanOrEqual(8);
  }
});
