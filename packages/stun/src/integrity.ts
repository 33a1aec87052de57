import type { Crypto } from '@earshot/base';
import { findAttribute, type StunMessage } from './message.js';
import { encodeText } from './text.js';
import { ATTRIBUTE_MESSAGE_INTEGRITY, ATTRIBUTE_MESSAGE_INTEGRITY_SHA256, STUN_HEADER_LENGTH } from './types.js';

/** MESSAGE-INTEGRITY (HMAC-SHA1) or MESSAGE-INTEGRITY-SHA256 (RFC 8489 sections 14.5 and 14.6). */
export type IntegrityAlgorithm = 'sha1' | 'sha256';

export type IntegrityCheck = IntegrityAlgorithm | 'missing' | 'wrong';

/** A tag may be cut to this many bytes (RFC 8489 section 14.6). */
const SHA256_SHORTEST = 16;

/**
 * Checks a message against a key and says which algorithm protected it. With both attributes the stronger one decides,
 * so that nobody can talk the two sides down (RFC 8489 section 9.1.3).
 */
export function checkIntegrity(
  crypto: Pick<Crypto, 'hmac' | 'timingSafeEqual'>,
  message: StunMessage,
  key: Uint8Array,
): IntegrityCheck {
  const strong = findAttribute(message, ATTRIBUTE_MESSAGE_INTEGRITY_SHA256);
  const attribute = strong ?? findAttribute(message, ATTRIBUTE_MESSAGE_INTEGRITY);
  if (attribute === undefined) return 'missing';
  const algorithm = strong === undefined ? 'sha1' : 'sha256';
  const { value, offset } = attribute;
  if (algorithm === 'sha256' && (value.length < SHA256_SHORTEST || value.length % 4 !== 0)) return 'wrong';
  const tag = integrityTag(crypto, algorithm, key, message.bytes.subarray(0, offset), value.length);
  const expected = algorithm === 'sha256' ? tag.subarray(0, value.length) : tag;
  return crypto.timingSafeEqual(value, expected) ? algorithm : 'wrong';
}

/**
 * The tag over `covered`: the message up to the integrity attribute, with a length in the header that ends with that
 * attribute of `tagLength` bytes, whatever follows it.
 */
export function integrityTag(
  crypto: Pick<Crypto, 'hmac'>,
  algorithm: IntegrityAlgorithm,
  key: Uint8Array,
  covered: Uint8Array,
  tagLength: number,
): Uint8Array {
  const header = new Uint8Array(covered.subarray(0, STUN_HEADER_LENGTH)); // a copy, also of a Buffer
  const length = covered.length - STUN_HEADER_LENGTH + 4 + tagLength;
  header[2] = length >> 8;
  header[3] = length & 0xff;
  return crypto.hmac(algorithm, key, header, covered.subarray(STUN_HEADER_LENGTH));
}

/** The key of the short-term credential mechanism, which ICE uses (RFC 8489 section 9.1.1). */
export const shortTermKey = (password: string): Uint8Array => encodeText(password);

/**
 * The key of the long-term credential mechanism (RFC 8489 section 9.2.2 and 18.5.1). The texts must have passed the
 * OpaqueString profile, which leaves printable US-ASCII as it is.
 */
export function longTermKey(
  crypto: Pick<Crypto, 'hash'>,
  passwordAlgorithm: 'md5' | 'sha256',
  username: string,
  realm: string,
  password: string,
): Uint8Array {
  return crypto.hash(passwordAlgorithm, encodeText(`${username}:${realm}:${password}`));
}

/** USERHASH (RFC 8489 section 14.4), which stands for the user name where that is to stay hidden. */
export const userHash = (crypto: Pick<Crypto, 'hash'>, username: string, realm: string): Uint8Array =>
  crypto.hash('sha256', encodeText(`${username}:${realm}`));
