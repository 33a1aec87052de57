import { ByteReader, ByteWriter } from '@earshot/base';
import { findAttribute, type StunAttributeValue, type StunMessage } from './message.js';
import { ATTRIBUTE_PASSWORD_ALGORITHM, ATTRIBUTE_PASSWORD_ALGORITHMS } from './types.js';

/**
 * What makes the key of long-term credentials (RFC 8489 sections 14.11, 14.12 and 18.5):
 *
 *   |  algorithm (16)  |  length of its parameters (16)  |  parameters, padded ...
 */
export type PasswordAlgorithm = 'md5' | 'sha256';

const NUMBERS = { md5: 1, sha256: 2 } as const;

/** PASSWORD-ALGORITHMS: what a server takes, best first. */
export function passwordAlgorithmsAttribute(algorithms: readonly PasswordAlgorithm[]): StunAttributeValue {
  const writer = new ByteWriter(algorithms.length * 4);
  for (const algorithm of algorithms) writer.u16(NUMBERS[algorithm]).u16(0);
  return { type: ATTRIBUTE_PASSWORD_ALGORITHMS, value: writer.finish() };
}

/** PASSWORD-ALGORITHM: the one that a client chose. */
export const passwordAlgorithmAttribute = (algorithm: PasswordAlgorithm): StunAttributeValue => ({
  type: ATTRIBUTE_PASSWORD_ALGORITHM,
  value: new ByteWriter(4).u16(NUMBERS[algorithm]).u16(0).finish(),
});

/** `other`: it is there, and is neither. */
export function readPasswordAlgorithm(message: StunMessage): PasswordAlgorithm | 'other' | undefined {
  const value = findAttribute(message, ATTRIBUTE_PASSWORD_ALGORITHM)?.value;
  if (value === undefined) return undefined;
  const number = value.length < 4 ? 0 : new ByteReader(value).u16();
  if (number === NUMBERS.md5) return 'md5';
  return number === NUMBERS.sha256 ? 'sha256' : 'other';
}

/** What a nonce says of its server, so that nobody on the way can talk a client out of it (RFC 8489 section 9.2). */
export interface SecurityFeatures {
  readonly passwordAlgorithms: boolean;
  readonly usernameAnonymity: boolean;
}

const COOKIE = 'obMatJos2';
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const COOKIE_LENGTH = COOKIE.length + 4;

/**
 * The 13 characters that a nonce begins with: the cookie and 24 bits of features in base64. Bit 0 is the rightmost, as
 * in the vector of appendix B.1, and not the leftmost as section 18.1 has it (the errata say so too).
 */
export function nonceCookie({ passwordAlgorithms, usernameAnonymity }: SecurityFeatures): string {
  const bits = (passwordAlgorithms ? 1 : 0) + (usernameAnonymity ? 2 : 0);
  return `${COOKIE}AAA${DIGITS.charAt(bits)}`;
}

/** Undefined: the server does not know RFC 8489. */
export function readSecurityFeatures(nonce: string): SecurityFeatures | undefined {
  if (!nonce.startsWith(COOKIE) || nonce.length < COOKIE_LENGTH) return undefined;
  const bits = DIGITS.indexOf(nonce.charAt(COOKIE_LENGTH - 1));
  return { passwordAlgorithms: (bits & 1) !== 0, usernameAnonymity: (bits & 2) !== 0 };
}
