import { fromHex } from '@earshot/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RedReader, RedWriter } from './red.js';

const frames = (reader: RedReader, packet: Uint8Array) =>
  Array.from({ length: reader.count }, (_, block) => ({
    payloadType: reader.payloadTypes[block],
    offset: reader.offsets[block],
    frame: [...packet.subarray(reader.starts[block], reader.ends[block])],
  }));

describe('reading', () => {
  it('takes the example of RFC 2198 section 4 apart: DVI4 as primary, LPC before it', () => {
    const primary = Array.from({ length: 84 }, (_, index) => index);
    const packet = Uint8Array.from([
      ...fromHex(
        '8701 4038' + // F=1, PT 7 (LPC), offset 80 in 14 bits, length 56 in 10
          '05', // F=0, PT 5 (DVI4)
      ),
      ...new Array(56).fill(0xaa),
      ...primary,
    ]);
    const reader = new RedReader();
    expect(reader.read(packet, 0, packet.length)).toBe(true);
    expect(frames(reader, packet)).toEqual([
      { payloadType: 7, offset: 80, frame: new Array(56).fill(0xaa) },
      { payloadType: 5, offset: 0, frame: primary },
    ]);
  });

  it('takes what Chromium sends apart: Opus with the frame before it', () => {
    // As captured, its frames cut short: 63 is red, 111 Opus.
    const packet = fromHex('0102 ef0f0003 6f 78aabb 78ccddee ff');
    const reader = new RedReader();
    expect(reader.read(packet, 2, packet.length - 1)).toBe(true);
    expect(frames(reader, packet)).toEqual([
      { payloadType: 111, offset: 960, frame: [0x78, 0xaa, 0xbb] },
      { payloadType: 111, offset: 0, frame: [0x78, 0xcc, 0xdd, 0xee] },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['no last header', 'ef0f0001'],
    ['half a header', 'ef0f'],
    ['a block longer than the packet', 'ef0f0004 6f 78aabb'],
    ['no newest frame', 'ef0f0003 6f 78aabb'],
    ['more blocks than make sense', `${'ef0f0000'.repeat(10)} 6f 78`],
  ])('refuses %s', (_, hex) => {
    const packet = fromHex(hex);
    const reader = new RedReader();
    expect(reader.read(packet, 0, packet.length)).toBe(false);
    expect(reader.count).toBe(0);
  });

  it('stays within any packet, and says of anything whether it is one', () => {
    const reader = new RedReader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), fc.nat(20), (packet, before, after) => {
        const [start, end] = [Math.min(before, packet.length), Math.max(before, packet.length - after)];
        if (start > end || end > packet.length) return;
        if (!reader.read(packet, start, end)) return;
        for (let block = 0; block < reader.count; block += 1) {
          expect(reader.starts[block]).toBeGreaterThan(start);
          expect(reader.ends[block]).toBeGreaterThanOrEqual(reader.starts[block] as number);
        }
        expect(reader.ends[reader.count - 1]).toBe(end);
        expect(reader.ends[reader.count - 1]).toBeGreaterThan(reader.starts[reader.count - 1] as number);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('writing', () => {
  const write = (writer: RedWriter, frame: readonly number[], timestamp: number, room = 1100): number[] => {
    const buffer = new Uint8Array(1500);
    buffer.set(frame, 4);
    return [...buffer.subarray(4, 4 + writer.wrap(buffer, 4, frame.length, 111, timestamp, room))];
  };

  it('puts the frame before it in front, byte for byte', () => {
    const writer = new RedWriter();
    expect(write(writer, [0x78, 0xaa, 0xbb], 0)).toEqual([0x6f, 0x78, 0xaa, 0xbb]);
    expect(write(writer, [0x78, 0xcc], 960)).toEqual([...fromHex('ef0f0003 6f 78aabb 78cc')]);
  });

  it('gives back every frame that it was given, wherever there is room', () => {
    const frame = fc.array(fc.nat(255), { minLength: 1, maxLength: 400 });
    const step = fc.constantFrom(960, 1920, 2880, 9_000, 20_000);
    const given = fc.array(fc.record({ frame, step, depth: fc.constantFrom(1, 2) }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(given, fc.integer({ min: 0, max: 0xffffffff }), (list, first) => {
        const [writer, reader] = [new RedWriter(), new RedReader()];
        const sent: { timestamp: number; frame: readonly number[] }[] = [];
        let timestamp = first;
        for (const each of list) {
          timestamp = (timestamp + each.step) >>> 0;
          writer.depth = each.depth;
          const payload = Uint8Array.from(write(writer, each.frame, timestamp));
          expect(payload.length).toBeLessThanOrEqual(1100);
          expect(reader.read(payload, 0, payload.length)).toBe(true);
          sent.push({ timestamp, frame: each.frame });
          const got = frames(reader, payload).map(({ offset, frame: bytes }) => ({
            timestamp: (timestamp - (offset ?? 0)) >>> 0,
            frame: bytes,
          }));
          // The last of those sent, without a gap.
          expect(got).toEqual(sent.slice(-got.length));
          expect(got.length).toBeLessThanOrEqual(each.depth + 1);
        }
      }),
    );
  });

  it('lets a frame go alone that leaves no room, and then forgets what was before it', () => {
    const writer = new RedWriter();
    write(writer, [1, 2, 3], 0);
    expect(write(writer, new Array(90).fill(7), 960, 90)).toEqual([]);
    expect(write(writer, [4], 1920, 90)).toEqual([0x6f, 4]);
  });

  it('does not reach back further than a header can say', () => {
    const writer = new RedWriter();
    write(writer, [1], 0);
    expect(write(writer, [2], 0x4000)).toEqual([0x6f, 2]);
  });
});
