import { fromHex } from '@earshot/base';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  RTP_INVALID,
  rtpHeaderLength,
  rtpMarker,
  rtpPayloadEnd,
  rtpPayloadType,
  rtpSequenceNumber,
  rtpSsrc,
  rtpTimestamp,
  setRtpMarker,
  setRtpPayloadType,
  setRtpSequenceNumber,
  setRtpSsrc,
  setRtpTimestamp,
} from './header.js';
import { rtpPacket } from './testing/packets.js';

const full = fromHex(
  'b2 e0 fffe' + // V=2 P X CC=2, M PT=96, sequence
    '80000001' + // timestamp
    'deadbeef' + // SSRC
    '00000001 00000002' + // CSRC
    'bede 0001 10ff0000' + // RFC 8285 one-byte extension, one word
    '0102' + // payload
    '0002', // padding
);

it('reads every field of a packet with CSRCs, an extension and padding', () => {
  expect(rtpHeaderLength(full, full.length)).toBe(28);
  expect(rtpMarker(full)).toBe(true);
  expect(rtpPayloadType(full)).toBe(96);
  expect(rtpSequenceNumber(full)).toBe(0xfffe);
  expect(rtpTimestamp(full)).toBe(0x80000001);
  expect(rtpSsrc(full)).toBe(0xdeadbeef);
  expect(full.subarray(28, rtpPayloadEnd(full, full.length))).toEqual(Uint8Array.of(1, 2));
});

it('reads a packet inside a larger buffer', () => {
  const buffer = new Uint8Array(100).fill(0xaa);
  buffer.set(full, 7);
  expect(rtpHeaderLength(buffer, full.length, 7)).toBe(28);
  expect(rtpSsrc(buffer, 7)).toBe(0xdeadbeef);
  expect(rtpPayloadEnd(buffer, full.length, 7)).toBe(7 + 30);
});

it('names the bound that does not hold', () => {
  const changed = (at: number, value: number): Uint8Array => {
    const copy = full.slice();
    copy[at] = value;
    return copy;
  };
  expect(rtpHeaderLength(full, 11)).toBe(RTP_INVALID.tooShort);
  expect(rtpHeaderLength(full, full.length + 1)).toBe(RTP_INVALID.tooShort);
  expect(rtpHeaderLength(changed(0, 0x72), full.length)).toBe(RTP_INVALID.version);
  expect(rtpHeaderLength(changed(0, 0xbf), full.length)).toBe(RTP_INVALID.csrc);
  expect(rtpHeaderLength(changed(23, 9), full.length)).toBe(RTP_INVALID.extension);
  expect(rtpHeaderLength(changed(31, 0), full.length)).toBe(RTP_INVALID.padding);
  expect(rtpHeaderLength(changed(31, 5), full.length)).toBe(RTP_INVALID.padding);
});

it('changes single fields in place', () => {
  const packet = rtpPacket({ payloadType: 8, marker: true });
  setRtpPayloadType(packet, 111);
  setRtpSequenceNumber(packet, 0x1_2345);
  setRtpTimestamp(packet, 0xfedcba98);
  setRtpSsrc(packet, 0x89abcdef);
  expect(rtpMarker(packet)).toBe(true);
  setRtpMarker(packet, false);
  expect(rtpMarker(packet)).toBe(false);
  expect(rtpPayloadType(packet)).toBe(111);
  expect(rtpSequenceNumber(packet)).toBe(0x2345);
  expect(rtpTimestamp(packet)).toBe(0xfedcba98);
  expect(rtpSsrc(packet)).toBe(0x89abcdef);
});

it('keeps header and payload inside the packet whatever the bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(90), (bytes, length) => {
      bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x80;
      const header = rtpHeaderLength(bytes, length);
      if (header < 0) return;
      const end = rtpPayloadEnd(bytes, length);
      expect(header).toBeGreaterThanOrEqual(12);
      expect(end).toBeGreaterThanOrEqual(header);
      expect(end).toBeLessThanOrEqual(length);
    }),
    { seed: 1, numRuns: 3000 },
  );
});
