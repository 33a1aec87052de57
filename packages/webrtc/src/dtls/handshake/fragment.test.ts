import { concat, toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { encodeMessage, readFragments, writeFragment } from './fragment.js';

const FIXTURE = bytesOf([
  ['client_hello', '01'],
  ['length of the message', '00000a'],
  ['message_seq', '0002'],
  ['fragment_offset', '000006'],
  ['fragment_length', '000003'],
  ['body', 'aabbcc'],
]);

it('reads and writes a fragment', () => {
  const [fragment, ...others] = readFragments(FIXTURE);
  expect(others).toEqual([]);
  expect(fragment).toMatchObject({ type: 1, length: 10, messageSeq: 2, offset: 6 });
  expect(fragment && toHex(writeFragment(fragment))).toBe(toHex(FIXTURE));
});

it('reads several in one record and drops from the first that does not fit', () => {
  const pastItsMessage = FIXTURE.slice();
  pastItsMessage[8] = 8;
  expect(readFragments(concat(FIXTURE, FIXTURE))).toHaveLength(2);
  expect(readFragments(concat(FIXTURE, pastItsMessage, FIXTURE))).toHaveLength(1);
  for (let length = 0; length < FIXTURE.length; length += 1) {
    expect(readFragments(FIXTURE.subarray(0, length))).toEqual([]);
  }
});

it('hashes a message as one fragment', () => {
  const encoded = encodeMessage({ type: 20, messageSeq: 3, body: Uint8Array.of(9, 8) });
  expect(toHex(encoded)).toBe('14 000002 0003 000000 000002 0908'.replaceAll(' ', ''));
});
