import type { RandomBytes } from './clock.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function pick(alphabet: string, random: RandomBytes, length: number): string {
  let text = '';
  for (const byte of random(length)) text += alphabet.charAt(byte & 63);
  return text;
}

/** A random text of `length` characters, six bits each, safe in URLs, SIP tokens and file names. */
export const randomId = (random: RandomBytes, length = 16): string => pick(URL_SAFE, random, length);

/** A random text of ICE characters (RFC 8839 section 5.4: ALPHA, DIGIT, "+", "/"), six bits each. */
export const randomIceChars = (random: RandomBytes, length: number): string => pick(ALPHABET, random, length);

/** 128 random bits as 32 lower-case hexadecimal digits: the form of a call id and of a Session-ID (RFC 7989). */
export function randomCallId(random: RandomBytes): string {
  let text = '';
  for (const byte of random(16)) text += byte.toString(16).padStart(2, '0');
  return text;
}
