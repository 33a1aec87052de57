import { nodeCrypto } from '@earshot/crypto';
import { expect, it } from 'vitest';
import { CONTENT_TYPE, type DtlsRecord, readRecords } from './record.js';
import { RecordProtection } from './record-protection.js';
import { RecordReader } from './record-reader.js';
import { RecordWriter } from './record-writer.js';

const protection = () => new RecordProtection(nodeCrypto, new Uint8Array(16).fill(1), new Uint8Array(4));

function pair(): { reader: RecordReader; next: (content: number) => DtlsRecord } {
  const writer = new RecordWriter();
  writer.protect(protection());
  const next = (content: number): DtlsRecord => {
    const [record] = readRecords(writer.write(1, CONTENT_TYPE.handshake, Uint8Array.of(content)));
    if (record === undefined) throw new Error('no record');
    return record;
  };
  return { reader: new RecordReader(), next };
}

it('keeps a few protected records that come before the keys', () => {
  const { reader, next } = pair();
  for (let content = 1; content <= 10; content += 1) expect(reader.open(next(content))).toBeUndefined();
  const early = reader.protect(protection());
  expect(early.map((record) => reader.open(record)?.[0])).toEqual([1, 2, 3, 4]);
});

it('copies what it keeps, because the datagram belongs to the caller', () => {
  const { reader, next } = pair();
  const record = next(7);
  const fragment = Buffer.from(record.fragment); // as sockets give them: its slice() would be a view
  reader.open({ ...record, fragment });
  fragment.fill(0);
  expect(reader.protect(protection()).map((kept) => reader.open(kept)?.[0])).toEqual([7]);
});

it('opens a record once', () => {
  const { reader, next } = pair();
  reader.protect(protection());
  const record = next(7);
  expect(reader.open(record)?.[0]).toBe(7);
  expect(reader.open(record)).toBeUndefined();
});

it('does not move the replay window for a record that does not authenticate', () => {
  const { reader, next } = pair();
  reader.protect(protection());
  const record = next(7);
  expect(reader.open({ ...record, sequence: 1_000_000 })).toBeUndefined();
  expect(reader.open(record)?.[0]).toBe(7);
});

it('knows no epoch but 0 and 1', () => {
  const { reader, next } = pair();
  reader.protect(protection());
  expect(reader.open({ ...next(7), epoch: 2 })).toBeUndefined();
});
