import { STUN_COOKIE, STUN_HEADER_LENGTH } from '@earshot/stun';
import { ATTRIBUTE_DATA, ATTRIBUTE_XOR_PEER_ADDRESS, METHOD_SEND } from '../wire/index.js';
import { KNOWN_ATTRIBUTES } from './known-attributes.js';

/** The message type of an indication of this method: class 0b01 (RFC 8489 section 5). */
const SEND_INDICATION = METHOD_SEND | 0x0010;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

/**
 * Reads Send indications (RFC 8656 section 11.2) in place. The fields are of the last one that was read: data passes
 * here before a channel is bound, so nothing is made of it that would have to be collected.
 */
export class SendIndication {
  /** Where the XORed address of the peer begins, and its length. */
  addressAt = 0;
  addressLength = 0;
  port = 0;
  dataAt = 0;
  dataLength = 0;

  static is(bytes: Uint8Array, offset: number): boolean {
    return bytes[offset] === SEND_INDICATION >> 8 && bytes[offset + 1] === (SEND_INDICATION & 0xff);
  }

  /** False: it is none, it lacks an attribute, or has one that must be understood and is not. */
  read(bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < STUN_HEADER_LENGTH || u16(bytes, offset + 2) !== length - STUN_HEADER_LENGTH) return false;
    if (u16(bytes, offset + 4) * 0x10000 + u16(bytes, offset + 6) !== STUN_COOKIE) return false;
    this.addressAt = 0;
    this.dataAt = 0;
    const end = offset + length;
    let at = offset + STUN_HEADER_LENGTH;
    while (at + 4 <= end) {
      const type = u16(bytes, at);
      const size = u16(bytes, at + 2);
      const value = at + 4;
      if (value + size > end) return false;
      if (type === ATTRIBUTE_DATA) {
        if (this.dataAt === 0) {
          this.dataAt = value;
          this.dataLength = size;
        }
      } else if (type === ATTRIBUTE_XOR_PEER_ADDRESS) {
        if (this.addressAt === 0 && !this.#readAddress(bytes, value, size)) return false;
      } else if (type < 0x8000 && !KNOWN_ATTRIBUTES.has(type)) {
        return false;
      }
      at = value + ((size + 3) & ~3);
    }
    return at === end && this.addressAt > 0 && this.dataAt > 0;
  }

  #readAddress(bytes: Uint8Array, value: number, size: number): boolean {
    const family = bytes[value + 1];
    if (!(family === FAMILY_IPV4 && size === 8) && !(family === FAMILY_IPV6 && size === 20)) return false;
    this.addressAt = value + 4;
    this.addressLength = size - 4;
    this.port = u16(bytes, value + 2) ^ (STUN_COOKIE >>> 16);
    return true;
  }
}

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
