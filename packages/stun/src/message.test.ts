import { concat, fromHex } from '@earshot/base';
import { nodeCrypto as crypto } from '@earshot/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE_SOFTWARE,
  ATTRIBUTE_USE_CANDIDATE,
  ATTRIBUTE_USERNAME,
  checkFingerprint,
  checkIntegrity,
  errorCodeAttribute,
  flagAttribute,
  hasAttribute,
  parseStun,
  printStun,
  readErrorCode,
  readText,
  readUint32,
  readUint64,
  readUnknownAttributes,
  readXorAddress,
  type StunClass,
  shortTermKey,
  stunUsernameOf,
  textAttribute,
  unknownAttributesAttribute,
  unknownRequired,
} from './index.js';
import { printAttribute } from './message.js';

const seed = 5769;
const transactionId = fromHex('000102030405060708090a0b');
const header = { class: 'request', method: 1, transactionId } as const;
const key = shortTermKey('secret');

function parse(bytes: Uint8Array) {
  const message = parseStun(bytes);
  if (!message.ok) throw new Error(message.error);
  return message.value;
}

/** Appends attributes behind a printed message and corrects the length in its header. */
function append(message: Uint8Array, ...more: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(message, ...more);
  new DataView(bytes.buffer).setUint16(2, bytes.length - 20);
  return bytes;
}

describe('the STUN header', () => {
  it('keeps class and method through print and parse', () => {
    const classes: StunClass[] = ['request', 'indication', 'success', 'error'];
    fc.assert(
      fc.property(fc.constantFrom(...classes), fc.integer({ min: 0, max: 0xfff }), (messageClass, method) => {
        const bytes = printStun({ class: messageClass, method, transactionId }, []);
        expect(parse(bytes)).toMatchObject({ class: messageClass, method });
      }),
      { seed, numRuns: 200 },
    );
  });

  it.each([
    ['an empty datagram', ''],
    ['less than a header', '0001 0000 2112a442 00010203'],
    ['the two upper bits set', '4001 0000 2112a442 000102030405060708090a0b'],
    ['another cookie', '0001 0000 2112a443 000102030405060708090a0b'],
    ['a length beyond the datagram', '0001 0004 2112a442 000102030405060708090a0b'],
    ['bytes behind the length', '0001 0000 2112a442 000102030405060708090a0b 00000000'],
    ['a length that is no multiple of four', '0001 0002 2112a442 000102030405060708090a0b 0000'],
    ['an attribute longer than the message', '0001 0004 2112a442 000102030405060708090a0b 00060001'],
  ])('refuses %s', (_what, hex) => {
    expect(parseStun(fromHex(hex)).ok).toBe(false);
  });

  it('refuses more attributes than any usage needs', () => {
    const attributes = Array.from({ length: 65 }, () => flagAttribute(ATTRIBUTE_USE_CANDIDATE));
    expect(parseStun(printStun(header, attributes.slice(1))).ok).toBe(true);
    expect(parseStun(printStun(header, attributes))).toEqual({ ok: false, error: 'too-many-attributes' });
  });
});

describe('integrity', () => {
  const integrity = { crypto, algorithm: 'sha1', key } as const;

  it('ignores what follows MESSAGE-INTEGRITY', () => {
    const signed = printStun(header, [textAttribute(ATTRIBUTE_USERNAME, 'me:you')], { integrity });
    const message = parse(append(signed, printAttribute(flagAttribute(ATTRIBUTE_USE_CANDIDATE))));
    expect(hasAttribute(message, ATTRIBUTE_USE_CANDIDATE)).toBe(false);
    expect(checkIntegrity(crypto, message, key)).toBe('sha1');
  });

  it('lets the stronger of two integrity attributes decide', () => {
    const signed = printStun(header, [], { integrity });
    const forged = { type: 0x001c, value: new Uint8Array(32) };
    expect(checkIntegrity(crypto, parse(append(signed, printAttribute(forged))), key)).toBe('wrong');
  });

  it('accepts a SHA-256 tag cut to 16 bytes and none shorter', () => {
    const whole = printStun(header, [], { integrity: { crypto, algorithm: 'sha256', key } });
    const tagOf = (length: number): Uint8Array => {
      const empty = printStun(header, []);
      const covered = append(empty, printAttribute({ type: 0x001c, value: new Uint8Array(length) }));
      const value = crypto.hmac('sha256', key, covered.subarray(0, 20)).subarray(0, length);
      return append(empty, printAttribute({ type: 0x001c, value }));
    };
    expect(checkIntegrity(crypto, parse(whole), key)).toBe('sha256');
    expect(checkIntegrity(crypto, parse(tagOf(16)), key)).toBe('sha256');
    expect(checkIntegrity(crypto, parse(tagOf(12)), key)).toBe('wrong');
    expect(checkIntegrity(crypto, parse(tagOf(36)), key)).toBe('wrong');
  });

  it('says missing without an integrity attribute and wrong for one of another length', () => {
    expect(checkIntegrity(crypto, parse(printStun(header, [])), key)).toBe('missing');
    const short = append(printStun(header, []), printAttribute({ type: 0x0008, value: new Uint8Array(4) }));
    expect(checkIntegrity(crypto, parse(short), key)).toBe('wrong');
  });
});

describe('FINGERPRINT', () => {
  it('notices a changed bit and must be the last attribute', () => {
    const bytes = printStun(header, [textAttribute(ATTRIBUTE_SOFTWARE, 'x')], { fingerprint: true });
    expect(checkFingerprint(parse(bytes))).toBe('valid');
    const changed = bytes.slice();
    changed[24] = 0x79;
    expect(checkFingerprint(parse(changed))).toBe('wrong');
    const followed = append(bytes, printAttribute(flagAttribute(ATTRIBUTE_USE_CANDIDATE)));
    expect(parseStun(followed)).toEqual({ ok: false, error: 'after-fingerprint' });
  });
});

describe('attribute values', () => {
  it('carries an error code and the attributes that were not understood', () => {
    const message = parse(
      printStun({ ...header, class: 'error' }, [
        errorCodeAttribute(420, 'why'),
        unknownAttributesAttribute([1, 0x7fff]),
      ]),
    );
    expect(readErrorCode(message)).toEqual({ code: 420, reason: 'why' });
    expect(readUnknownAttributes(message)).toEqual([1, 0x7fff]);
  });

  it.each(['0000 0200', '0000 0700', '0000 0464', '000004'])('refuses the error code %s', (hex) => {
    expect(readErrorCode(parse(printStun(header, [{ type: 9, value: fromHex(hex) }])))).toBeUndefined();
  });

  it('names each attribute that must be understood and is not, once', () => {
    const strange = [0x0003, 0x7fff, 0x0003, 0x8001].map(flagAttribute);
    const message = parse(printStun(header, [...strange, textAttribute(ATTRIBUTE_USERNAME, 'a:b')]));
    expect(unknownRequired(message, new Set([ATTRIBUTE_USERNAME]))).toEqual([0x0003, 0x7fff]);
  });
});

describe('stunUsernameOf', () => {
  it('finds the username wherever it stands', () => {
    const attributes = [textAttribute(ATTRIBUTE_SOFTWARE, 'odd'), textAttribute(ATTRIBUTE_USERNAME, 'me:you')];
    expect(stunUsernameOf(printStun(header, attributes))).toBe('me:you');
    expect(stunUsernameOf(printStun(header, attributes.slice(0, 1)))).toBeUndefined();
    expect(stunUsernameOf(printStun(header, [textAttribute(ATTRIBUTE_USERNAME, 'a\r\nb')]))).toBeUndefined();
  });
});

describe('any bytes', () => {
  const valid = printStun(
    header,
    [textAttribute(ATTRIBUTE_SOFTWARE, 'any'), textAttribute(ATTRIBUTE_USERNAME, 'me:you'), errorCodeAttribute(401)],
    { integrity: { crypto, algorithm: 'sha1', key }, fingerprint: true },
  );
  const mutated = fc
    .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const bytes = valid.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });

  it('never throws and reads no more than it was given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
        stunUsernameOf(bytes);
        const result = parseStun(bytes);
        if (!result.ok) return;
        const message = result.value;
        for (const { type, value, offset } of message.attributes) {
          expect(offset + 4 + value.length).toBeLessThanOrEqual(bytes.length);
          readText(message, type);
          readUint32(message, type);
          readUint64(message, type);
          readXorAddress(message, type);
        }
        readErrorCode(message);
        readUnknownAttributes(message);
        checkFingerprint(message);
        checkIntegrity(crypto, message, key);
        expect(message.attributes.length).toBeLessThanOrEqual(64);
      }),
      { seed, numRuns: 3000 },
    );
  });
});
