import { nodeCrypto } from '@earshot/crypto';
import { expect, it } from 'vitest';
import { readRecords } from '../record/record.js';
import { RecordProtection } from '../record/record-protection.js';
import { RecordReader } from '../record/record-reader.js';
import { RecordWriter } from '../record/record-writer.js';
import { type FlightItem, writeFlight } from './flight.js';
import { readFragments } from './fragment.js';
import { Reassembler } from './reassembler.js';

const protection = () => new RecordProtection(nodeCrypto, new Uint8Array(16), new Uint8Array(4));

const flight: FlightItem[] = [
  ...[90, 400, 0, 1500].map(
    (length, messageSeq): FlightItem => ({
      kind: 'handshake',
      epoch: 0,
      message: { type: 11, messageSeq, body: new Uint8Array(length).fill(messageSeq + 1) },
    }),
  ),
  { kind: 'change-cipher-spec' },
  { kind: 'handshake', epoch: 1, message: { type: 20, messageSeq: 4, body: new Uint8Array(12).fill(5) } },
];

it.each([100, 101, 137, 256, 1200, 9000])('writes a flight for an MTU of %i that reads back whole', (mtu) => {
  const writer = new RecordWriter();
  writer.protect(protection());
  const reader = new RecordReader();
  reader.protect(protection());
  const reassembler = new Reassembler();
  const datagrams = writeFlight(flight, mtu, writer);
  for (const datagram of datagrams) {
    expect(datagram.length).toBeLessThanOrEqual(mtu);
    for (const record of readRecords(datagram)) {
      for (const fragment of readFragments(reader.open(record) ?? new Uint8Array())) {
        if (record.type === 22) reassembler.add(fragment);
      }
    }
  }
  for (const item of flight) if (item.kind === 'handshake') expect(reassembler.next()).toEqual(item.message);
  const types = datagrams.flatMap((datagram) => readRecords(datagram).map(({ type }) => type));
  expect(types.filter((type) => type === 20)).toHaveLength(1);
  // All but the last datagram leave less room than the smallest fragment that is worth its headers.
  for (const datagram of datagrams.slice(0, -1)) expect(datagram.length).toBeGreaterThan(mtu - (13 + 24 + 12 + 16));
});

it('gives every record a new sequence number, also when a flight is sent again', () => {
  const writer = new RecordWriter();
  writer.protect(protection());
  const numbers = [...writeFlight(flight, 256, writer), ...writeFlight(flight, 256, writer)]
    .flatMap(readRecords)
    .map(({ epoch, sequence }) => `${epoch}:${sequence}`);
  expect(new Set(numbers).size).toBe(numbers.length);
});
