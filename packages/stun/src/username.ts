import { ATTRIBUTE_USERNAME, STUN_COOKIE, STUN_HEADER_LENGTH } from './types.js';

/** Octets: RFC 8489 section 14.3 says fewer than 509; an ICE username is at most 513 (RFC 8839 section 5.4). */
const MAX_USERNAME = 513;

/**
 * The USERNAME of a STUN message, or undefined, without parsing the rest: enough to find the session that a check
 * from an unknown address is meant for. Checks nothing else; characters outside US-ASCII give undefined, since an ICE
 * username has none (RFC 8839 section 5.4).
 */
export function stunUsernameOf(datagram: Uint8Array): string | undefined {
  const { length } = datagram;
  if (length < STUN_HEADER_LENGTH || u16(datagram, 4) * 0x10000 + u16(datagram, 6) !== STUN_COOKIE) return undefined;
  let offset = STUN_HEADER_LENGTH;
  while (offset + 4 <= length) {
    const valueLength = u16(datagram, offset + 2);
    if (u16(datagram, offset) === ATTRIBUTE_USERNAME) return asciiText(datagram, offset + 4, valueLength);
    offset += 4 + ((valueLength + 3) & ~3);
  }
  return undefined;
}

function asciiText(bytes: Uint8Array, start: number, length: number): string | undefined {
  if (length > MAX_USERNAME || start + length > bytes.length) return undefined;
  let text = '';
  for (let index = start; index < start + length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
