import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toBase64 } from './base64.js';

it.each([
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
])('encodes the vectors of RFC 4648 section 10 (%s)', (text, encoded) => {
  expect(toBase64(Buffer.from(text))).toBe(encoded);
});

it('agrees with Node on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    }),
  );
});
