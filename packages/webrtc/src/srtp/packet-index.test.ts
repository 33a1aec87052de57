import { expect, it } from 'vitest';
import { estimateIndex } from './packet-index.js';

const at = (roc: number, sequence: number): number => roc * 65536 + sequence;

it.each([
  ['the first packet starts rollover 0', -1, 65535, at(0, 65535)],
  ['the next number', at(0, 7), 8, at(0, 8)],
  ['a late number', at(0, 7), 6, at(0, 6)],
  ['rolls over', at(0, 65535), 0, at(1, 0)],
  ['rolls over with a gap', at(4, 65000), 300, at(5, 300)],
  ['a late number from before the roll', at(5, 300), 65000, at(4, 65000)],
  ['a late number from before the start', at(0, 5), 65535, at(-1, 65535)],
  ['half the circle ahead, from the lower half', at(2, 32767), 65535, at(2, 65535)],
  ['exactly 2^15 ahead stays in this rollover', at(2, 0), 32768, at(2, 32768)],
  ['more than 2^15 ahead belongs to the one before', at(2, 0), 32769, at(1, 32769)],
  ['exactly 2^15 behind stays in this rollover', at(2, 32768), 0, at(2, 0)],
  ['more than 2^15 behind belongs to the next', at(2, 32769), 0, at(3, 0)],
  ['the last rollover', at(2 ** 32 - 1, 65535), 0, 2 ** 48],
])('estimates: %s', (_name, highest, sequence, index) => {
  expect(estimateIndex(highest, sequence)).toBe(index);
});
