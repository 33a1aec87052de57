import { ByteWriter, concat } from '@earshot/base';
import fc from 'fast-check';

/** An RTP packet with two CSRCs, a one-byte header extension (RFC 8285) and padding. */
export const SEED_RTP = new ByteWriter()
  .put(Uint8Array.of(0xb2, 0x88))
  .u16(1000)
  .u32(160_000)
  .u32(0x01020304)
  .u32(1)
  .u32(2)
  .u16(0xbede)
  .u16(1)
  .put(Uint8Array.of(0x10, 0xff, 0, 0))
  .put(new Uint8Array(160).fill(0xd5))
  .put(Uint8Array.of(0, 0, 0, 4))
  .finish();

/** A telephone-event (RFC 4733 section 2.3): digit 5, end of event, volume 10, 100 ms. */
export const SEED_EVENT = concat(
  SEED_RTP.subarray(0, 0),
  Uint8Array.of(0x80, 0xe5, 3, 0xe9),
  new Uint8Array(8).fill(9),
  Uint8Array.of(5, 0x8a, 3, 0x20),
);

/** SR with one report block, SDES with a CNAME, BYE. */
export const SEED_RTCP = concat(
  new ByteWriter()
    .put(Uint8Array.of(0x81, 200))
    .u16(12)
    .u32(0x01020304)
    .u32(0xe0000000)
    .u32(0)
    .u32(160)
    .u32(10)
    .u32(1600)
    .finish(),
  new ByteWriter().u32(0x05060708).u8(3).u24(7).u32(70_000).u32(12).u32(0x1234).u32(0x100).finish(),
  new ByteWriter()
    .put(Uint8Array.of(0x81, 202))
    .u16(3)
    .u32(0x01020304)
    .put(Uint8Array.of(1, 4))
    .put(new TextEncoder().encode('name'))
    .u16(0)
    .finish(),
  new ByteWriter().put(Uint8Array.of(0x81, 203)).u16(1).u32(0x01020304).finish(),
);

/** Any header fields over any content; lengths that lie now and then. */
export const rtpPacket = fc
  .record({
    first: fc.nat(0x3f).map((low) => 0x80 | low),
    type: fc.oneof(fc.constantFrom(0, 8, 101, 111, 0xe5), fc.nat(0xff)),
    sequence: fc.nat(0xffff),
    ssrc: fc.nat(40),
    rest: fc.uint8Array({ maxLength: 240 }),
  })
  .map(({ first, type, sequence, ssrc, rest }) =>
    new ByteWriter()
      .u8(first)
      .u8(type)
      .u16(sequence)
      .u32(sequence * 160)
      .u32(ssrc)
      .put(rest)
      .finish(),
  );

const rtcpPart = fc
  .record({
    first: fc.nat(0x3f).map((low) => 0x80 | low),
    type: fc.oneof(fc.constantFrom(200, 201, 202, 203), fc.integer({ min: 192, max: 223 })),
    body: fc.uint8Array({ maxLength: 80 }).map((bytes) => bytes.subarray(0, bytes.length - (bytes.length % 4))),
    length: fc.option(fc.nat(0xffff), { freq: 6 }),
  })
  .map(({ first, type, body, length }) =>
    new ByteWriter()
      .u8(first)
      .u8(type)
      .u16(length ?? body.length / 4)
      .put(body)
      .finish(),
  );

export const rtcpPacket = fc.array(rtcpPart, { minLength: 1, maxLength: 5 }).map((parts) => concat(...parts));
