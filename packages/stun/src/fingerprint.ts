import type { StunMessage } from './message.js';
import { ATTRIBUTE_FINGERPRINT } from './types.js';

/** FINGERPRINT (RFC 8489 section 14.7): the CRC-32 of all before it, XORed with "STUN". */
const XOR = 0x5354554e;

/** CRC-32 as in ITU V.42, byte by byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The value for a message of which `covered` is everything before the attribute, its header's length included it. */
export function fingerprintOf(covered: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of covered) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (~crc ^ XOR) >>> 0;
}

export function checkFingerprint({ bytes, attributes }: StunMessage): 'valid' | 'missing' | 'wrong' {
  const last = attributes.at(-1);
  if (last === undefined || last.type !== ATTRIBUTE_FINGERPRINT) return 'missing';
  const { value, offset } = last;
  if (value.length !== 4) return 'wrong';
  const announced = new DataView(value.buffer, value.byteOffset).getUint32(0);
  return announced === fingerprintOf(bytes.subarray(0, offset)) ? 'valid' : 'wrong';
}
