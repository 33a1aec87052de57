import { concat, toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { readRecords, writeRecord } from './record.js';

const HANDSHAKE = bytesOf([
  ['handshake', '16'],
  ['DTLS 1.2', 'fefd'],
  ['epoch 1', '0001'],
  ['sequence', '0102030405ff'],
  ['length', '0003'],
  ['fragment', 'aabbcc'],
]);

const changedAt = (offset: number, ...bytes: readonly number[]): Uint8Array => {
  const changed = HANDSHAKE.slice();
  changed.set(bytes, offset);
  return changed;
};

it('reads and writes a record', () => {
  const [record, ...others] = readRecords(HANDSHAKE);
  expect(others).toEqual([]);
  expect(record).toMatchObject({ type: 22, version: 0xfefd, epoch: 1, sequence: 0x0102030405ff });
  expect(record && toHex(writeRecord(record))).toBe(toHex(HANDSHAKE));
});

it('skips records of unknown type or version and reads those after them', () => {
  const datagram = concat(changedAt(0, 23), changedAt(1, 0x03, 0x03), changedAt(1, 0xfe, 0xfc), HANDSHAKE, HANDSHAKE);
  expect(readRecords(datagram)).toHaveLength(2);
});

it('takes DTLS 1.0 in the header of a plaintext record only', () => {
  expect(readRecords(changedAt(1, 0xfe, 0xff))).toEqual([]);
  expect(readRecords(changedAt(1, 0xfe, 0xff, 0, 0))).toHaveLength(1);
});

it('drops what a wrong length leads past the end, and keeps what came before', () => {
  expect(readRecords(changedAt(11, 0, 4))).toEqual([]);
  expect(readRecords(concat(HANDSHAKE, changedAt(11, 0xff, 0xff), HANDSHAKE))).toHaveLength(1);
  for (let length = 0; length < HANDSHAKE.length; length += 1) {
    expect(readRecords(HANDSHAKE.subarray(0, length))).toEqual([]);
  }
});
