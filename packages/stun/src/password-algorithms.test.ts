import { concat, fromHex, toHex } from '@earshot/base';
import { nodeCrypto as crypto } from '@earshot/crypto';
import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE_NONCE,
  ATTRIBUTE_PASSWORD_ALGORITHM,
  ATTRIBUTE_PASSWORD_ALGORITHMS,
  ATTRIBUTE_REALM,
  ATTRIBUTE_USERHASH,
  checkIntegrity,
  findAttribute,
  longTermKey,
  nonceCookie,
  parseStun,
  passwordAlgorithmAttribute,
  passwordAlgorithmsAttribute,
  printStun,
  readPasswordAlgorithm,
  readSecurityFeatures,
  readText,
  type StunAttributeValue,
  textAttribute,
  userHash,
} from './index.js';

const USER = '\u30de\u30c8\u30ea\u30c3\u30af\u30b9';
const REALM = 'example.org';
const NONCE = 'obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA';
const transactionId = fromHex('78ad3433c6ad72c029da412e');

/** RFC 8489 appendix B.1, as corrected by errata 6268: with PASSWORD-ALGORITHM. */
const SAMPLE = fromHex(`
  0001 0090 2112a442 78ad3433c6ad72c029da412e
  001e 0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704
  0015 0029 6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39465354767936347341 000000
  0014 000b 6578616d706c652e6f7267 00
  001d 0004 0002 0000
  001c 0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65`);

function parse(bytes: Uint8Array) {
  const message = parseStun(bytes);
  if (!message.ok) throw new Error(message.error);
  return message.value;
}

const messageWith = (...attributes: StunAttributeValue[]) =>
  parse(printStun({ class: 'request', method: 1, transactionId }, attributes));

describe('RFC 8489 appendix B.1', () => {
  const message = parse(SAMPLE);
  const key = longTermKey(crypto, 'sha256', USER, REALM, 'TheMatrIX');

  it('reads user hash, password algorithm and integrity', () => {
    expect(findAttribute(message, ATTRIBUTE_USERHASH)?.value).toEqual(new Uint8Array(userHash(crypto, USER, REALM)));
    expect(readPasswordAlgorithm(message)).toBe('sha256');
    expect(readText(message, ATTRIBUTE_NONCE)).toBe(NONCE);
    expect(checkIntegrity(crypto, message, key)).toBe('sha256');
  });

  it('prints it', () => {
    const printed = printStun(
      { class: 'request', method: 1, transactionId },
      [
        { type: ATTRIBUTE_USERHASH, value: userHash(crypto, USER, REALM) },
        textAttribute(ATTRIBUTE_NONCE, NONCE),
        textAttribute(ATTRIBUTE_REALM, REALM),
        passwordAlgorithmAttribute('sha256'),
      ],
      { integrity: { crypto, algorithm: 'sha256', key } },
    );
    expect(toHex(printed)).toBe(toHex(SAMPLE));
  });

  it('has a nonce that speaks of user hashes', () => {
    expect(readSecurityFeatures(NONCE)).toEqual({ passwordAlgorithms: false, usernameAnonymity: true });
    expect(NONCE.startsWith(nonceCookie({ passwordAlgorithms: false, usernameAnonymity: true }))).toBe(true);
  });
});

it.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])('a nonce cookie carries the features (%s, %s)', (passwordAlgorithms, usernameAnonymity) => {
  const features = { passwordAlgorithms, usernameAnonymity };
  expect(readSecurityFeatures(`${nonceCookie(features)}rest`)).toEqual(features);
});

it.each(['', 'obMatJos', 'obMatJos2AAA', 'f//499k954d6OL34oL9FSTvy64sA'])(
  '%j is the nonce of an older server',
  (nonce) => {
    expect(readSecurityFeatures(nonce)).toBeUndefined();
  },
);

it('lists password algorithms in their order', () => {
  const { type, value } = passwordAlgorithmsAttribute(['sha256', 'md5']);
  expect(type).toBe(ATTRIBUTE_PASSWORD_ALGORITHMS);
  expect(toHex(value)).toBe('0002000000010000');
});

it.each([
  ['md5', '00010000', 'md5'],
  ['sha256', '00020000', 'sha256'],
  ['one that is not known', '00030000', 'other'],
  ['one that is cut off', '0001', 'other'],
])('reads %s', (_, hex, expected) => {
  const value = concat(fromHex(hex));
  expect(readPasswordAlgorithm(messageWith({ type: ATTRIBUTE_PASSWORD_ALGORITHM, value }))).toBe(expected);
});

it('says when no password algorithm was chosen', () => {
  expect(readPasswordAlgorithm(messageWith())).toBeUndefined();
});
