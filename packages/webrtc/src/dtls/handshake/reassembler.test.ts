import { toHex } from '@earshot/base';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HandshakeFragment } from './fragment.js';
import { MAX_BUFFERED_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGES, Reassembler } from './reassembler.js';

const BODY = Uint8Array.from({ length: 100 }, (_, index) => index);

const piece = (start: number, end: number, messageSeq = 0): HandshakeFragment => ({
  type: 1,
  length: BODY.length,
  messageSeq,
  offset: start,
  body: BODY.subarray(start, end),
});

it('joins fragments in any order, overlapping and duplicated', () => {
  const reassembler = new Reassembler();
  for (const [start, end] of [
    [60, 100],
    [0, 30],
    [60, 100],
    [20, 50],
    [45, 61],
  ] as const) {
    expect(reassembler.next()).toBeUndefined();
    reassembler.add(piece(start, end));
  }
  const message = reassembler.next();
  expect(message && toHex(message.body)).toBe(toHex(BODY));
  expect(reassembler.next()).toBeUndefined();
  expect(reassembler.bufferedBytes).toBe(0);
});

it('joins any cut of a message (property)', () => {
  const range = fc.tuple(fc.nat(99), fc.nat(99)).map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const);
  fc.assert(
    fc.property(fc.array(range, { maxLength: 20 }), fc.array(fc.nat(99), { maxLength: 4 }), (noise, cuts) => {
      const reassembler = new Reassembler();
      for (const [start, end] of noise) reassembler.add(piece(start, end));
      const edges = [0, ...cuts.sort((a, b) => a - b), 100];
      for (const [index, start] of edges.entries()) reassembler.add(piece(start, edges[index + 1] ?? 100));
      expect(reassembler.next()?.body).toEqual(BODY);
    }),
    { seed: 6347, numRuns: 200 },
  );
});

it('gives messages in the order of message_seq', () => {
  const reassembler = new Reassembler();
  for (const seq of [2, 0, 1]) reassembler.add(piece(0, 100, seq));
  expect([reassembler.next(), reassembler.next(), reassembler.next()].map((message) => message?.messageSeq)).toEqual([
    0, 1, 2,
  ]);
});

it('takes a message of length zero, and no zero-length fragment of a longer one', () => {
  const reassembler = new Reassembler();
  reassembler.add({ type: 1, length: 5000, messageSeq: 0, offset: 0, body: new Uint8Array(0) });
  expect(reassembler.bufferedBytes).toBe(0);
  reassembler.add({ type: 14, length: 0, messageSeq: 0, offset: 0, body: new Uint8Array(0) });
  expect(reassembler.next()).toEqual({ type: 14, messageSeq: 0, body: new Uint8Array(0) });
});

it('keeps the first copy of a byte', () => {
  const reassembler = new Reassembler();
  reassembler.add(piece(0, 50));
  reassembler.add({ ...piece(0, 50), body: new Uint8Array(50).fill(0xff) });
  reassembler.add(piece(50, 100));
  expect(reassembler.next()?.body).toEqual(BODY);
});

it.each([{ type: 2 }, { length: 200 }])('begins anew after a fragment with another %o', (other) => {
  const reassembler = new Reassembler();
  reassembler.add({ ...piece(0, 50), ...other });
  for (const part of [piece(0, 60), piece(60, 100)]) expect(reassembler.add(part)).toBe(true);
  expect(reassembler.next()?.body).toEqual(BODY);
  expect(reassembler.bufferedBytes).toBe(0);
});

it('copies what it keeps', () => {
  const reassembler = new Reassembler();
  const body = Uint8Array.of(1, 2);
  reassembler.add({ type: 1, length: 3, messageSeq: 0, offset: 0, body });
  body.fill(9);
  reassembler.add({ type: 1, length: 3, messageSeq: 0, offset: 2, body: Uint8Array.of(3) });
  expect(reassembler.next()?.body).toEqual(Uint8Array.of(1, 2, 3));
});

it('is bounded in message size, messages ahead and bytes', () => {
  const reassembler = new Reassembler();
  const tiny = Uint8Array.of(1);
  reassembler.add({ type: 1, length: MAX_MESSAGE_BYTES + 1, messageSeq: 0, offset: 0, body: tiny });
  reassembler.add({ type: 1, length: 100, messageSeq: MAX_MESSAGES, offset: 0, body: tiny });
  expect(reassembler.bufferedBytes).toBe(0);
  for (let messageSeq = 0; messageSeq < 100; messageSeq += 1) {
    reassembler.add({ type: 1, length: MAX_MESSAGE_BYTES, messageSeq, offset: 0, body: tiny });
  }
  expect(reassembler.bufferedBytes).toBe(MAX_BUFFERED_BYTES);
});

it('stays within its bounds whatever comes (property)', () => {
  const hostile = fc.record({
    type: fc.nat(3),
    length: fc.oneof(fc.nat(20), fc.nat(0xffffff)),
    messageSeq: fc.nat(8),
    offset: fc.nat(40),
    body: fc.uint8Array({ maxLength: 20 }),
  });
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 100 }), (fragments) => {
      const reassembler = new Reassembler();
      for (const fragment of fragments) {
        if (fragment.offset + fragment.body.length <= fragment.length) reassembler.add(fragment);
        expect(reassembler.bufferedBytes).toBeGreaterThanOrEqual(0);
        expect(reassembler.bufferedBytes).toBeLessThanOrEqual(MAX_BUFFERED_BYTES);
        if (fragment.type === 0) reassembler.next();
      }
    }),
    { seed: 6347, numRuns: 300 },
  );
});

it('lets the message that is due evict forged later ones', () => {
  const reassembler = new Reassembler();
  for (const messageSeq of [1, 2]) {
    reassembler.add({ type: 1, length: MAX_MESSAGE_BYTES, messageSeq, offset: 0, body: Uint8Array.of(1) });
  }
  expect(reassembler.bufferedBytes).toBe(MAX_BUFFERED_BYTES);
  reassembler.add(piece(0, 100));
  expect(reassembler.next()?.body).toEqual(BODY);
});
