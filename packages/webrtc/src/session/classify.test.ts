import { expect, it } from 'vitest';
import {
  classifyPacket,
  PACKET_DTLS,
  PACKET_RTCP,
  PACKET_RTP,
  PACKET_STUN,
  PACKET_TURN_CHANNEL,
  PACKET_UNKNOWN,
  type PacketKind,
} from './classify.js';

/** RFC 7983 section 7. */
const RANGES: readonly [first: number, last: number, kind: PacketKind][] = [
  [0, 3, PACKET_STUN],
  [4, 19, PACKET_UNKNOWN],
  [20, 63, PACKET_DTLS],
  [64, 79, PACKET_TURN_CHANNEL],
  [80, 127, PACKET_UNKNOWN],
  [128, 191, PACKET_RTP],
  [192, 255, PACKET_UNKNOWN],
];

it.each(RANGES)('takes a first byte of %i to %i for kind %i', (first, last, kind) => {
  for (let byte = first; byte <= last; byte += 1) expect(classifyPacket(byte, 0)).toBe(kind);
});

it('tells RTCP from RTP by the second byte, whatever the marker says (RFC 5761 section 4)', () => {
  for (const type of [192, 200, 201, 205, 207, 223]) expect(classifyPacket(0x80, type)).toBe(PACKET_RTCP);
  for (const type of [0, 8, 96, 111, 127, 128, 136, 239, 255]) expect(classifyPacket(0x80, type)).toBe(PACKET_RTP);
});

it('makes nothing of a datagram that is too short', () => {
  expect(classifyPacket(undefined, undefined)).toBe(PACKET_UNKNOWN);
  expect(classifyPacket(0x80, undefined)).toBe(PACKET_UNKNOWN);
});
