import { ByteWriter, concat, fromHex, toHex } from '@earshot/base';
import { printStun } from '@earshot/stun';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_STREAM_MESSAGE, padded, StreamFramer, writeChannelHeader } from './index.js';

const seed = 8656;
const BINDING = printStun({ class: 'request', method: 1, transactionId: new Uint8Array(12) }, [
  { type: 0x8022, value: Uint8Array.of(1, 2, 3) },
]);

function channelData(channel: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(padded(4 + data.length));
  writeChannelHeader(bytes, 0, channel, data.length);
  bytes.set(data, 4);
  return bytes;
}

function framesOf(...chunks: readonly Uint8Array[]): { frames: string[]; failed: boolean } {
  const framer = new StreamFramer();
  const frames: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next()) frames.push(toHex(framer.bytes.subarray(framer.offset, framer.offset + framer.length)));
  }
  return { frames, failed: framer.failed };
}

describe('a TURN stream', () => {
  it('is cut into STUN messages and ChannelData, without their padding', () => {
    const stream = concat(
      BINDING,
      channelData(0x4001, Uint8Array.of(9)),
      channelData(0x4000, new Uint8Array(0)),
      BINDING,
    );
    const frames = [toHex(BINDING), '4001000109', '40000000', toHex(BINDING)];
    expect(framesOf(stream)).toEqual({ frames, failed: false });
  });

  it('may come in chunks of any size', () => {
    const message = fc.oneof(
      fc.constant(BINDING),
      fc
        .tuple(fc.integer({ min: 0x4000, max: 0x4fff }), fc.uint8Array({ maxLength: 1500 }))
        .map(([channel, data]) => channelData(channel, data)),
    );
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 700 })),
        (messages, sizes) => {
          const stream = concat(...messages);
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (let index = 0; at < stream.length; index += 1) {
            const size = sizes.length === 0 ? 1 : (sizes[index % sizes.length] ?? 1);
            chunks.push(stream.slice(at, at + size));
            at += size;
          }
          expect(framesOf(...chunks)).toEqual(framesOf(stream));
          expect(framesOf(stream).frames).toHaveLength(messages.length);
        },
      ),
      { seed, numRuns: 200 },
    );
  });

  it.each([
    ['a TLS record', '1603010200'],
    ['an HTTP request', toHex(new TextEncoder().encode('GET / HTTP/1.1\r\n'))],
    ['a channel of the reserved range', '80000004'],
    ['RTP', '80080000'],
    ['STUN without its cookie', '0001000000000000'],
    ['STUN of a length that is no multiple of four', '000100022112a442'],
  ])('that turns out to be %s is given up', (_, hex) => {
    expect(framesOf(BINDING, fromHex(hex), BINDING)).toEqual({ frames: [toHex(BINDING)], failed: true });
  });

  it('is given up also when the garbage comes byte by byte', () => {
    expect(framesOf(...[...fromHex('0001000000000000')].map((byte) => Uint8Array.of(byte))).failed).toBe(true);
  });

  it('is given up when a message announces more than any path carries', () => {
    const tooLong = new ByteWriter(4).u16(0x4000).u16(MAX_STREAM_MESSAGE).finish();
    expect(framesOf(tooLong).failed).toBe(true);
    const longest = channelData(0x4000, new Uint8Array(MAX_STREAM_MESSAGE - 4));
    expect(framesOf(longest.slice(0, 100), longest.slice(100)).frames).toHaveLength(1);
  });

  it('keeps nothing of chunks that were used up', () => {
    const framer = new StreamFramer();
    framer.push(concat(BINDING, BINDING));
    while (framer.next());
    expect(framer.bytes).toHaveLength(0);
  });
});
