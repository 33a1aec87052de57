import { fromHex, toHex } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE_ICE_CONTROLLED,
  ATTRIBUTE_NONCE,
  ATTRIBUTE_PRIORITY,
  ATTRIBUTE_REALM,
  ATTRIBUTE_SOFTWARE,
  ATTRIBUTE_USERNAME,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  checkFingerprint,
  checkIntegrity,
  findAttribute,
  longTermKey,
  METHOD_BINDING,
  parseStun,
  printStun,
  readText,
  readUint32,
  readUint64,
  readXorAddress,
  type StunMessage,
  shortTermKey,
  textAttribute,
  uint32Attribute,
  uint64Attribute,
  xorAddressAttribute,
} from './index.js';

const SPACE = 0x20;
const crypto = nodeCrypto;
const shortTerm = shortTermKey('VOkJxbRl1RmTxUk/WvJxBt');
const transactionId = fromHex('b7e7a701 bc34d686 fa87dfae');

const sampleRequest = fromHex(
  `
  0001 0058 2112a442 b7e7a701 bc34d686 fa87dfae
  8022 0010 5354554e 20746573 7420636c 69656e74   SOFTWARE
  0024 0004 6e0001ff                              PRIORITY
  8029 0008 932ff9b1 51263b36                     ICE-CONTROLLED
  0006 0009 6576746a 3a683676 59202020            USERNAME
  0008 0014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  8028 0004 e57a3bcf`.replace(/ {3,}[A-Z-]+$/gm, ''),
);

const sampleIpv4Response = fromHex(`
  0101 003c 2112a442 b7e7a701 bc34d686 fa87dfae
  8022 000b 74657374 20766563 746f7220
  0020 0008 0001a147 e112a643
  0008 0014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
  8028 0004 c07d4c96`);

const sampleIpv6Response = fromHex(`
  0101 0048 2112a442 b7e7a701 bc34d686 fa87dfae
  8022 000b 74657374 20766563 746f7220
  0020 0014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  0008 0014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
  8028 0004 c8fb0b4c`);

const sampleLongTermRequest = fromHex(`
  0001 0060 2112a442 78ad3433 c6ad72c0 29da412e
  0006 0012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
  0015 001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
  0014 000b 6578616d 706c652e 6f726700
  0008 0014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666`);

/** RFC 8489 appendix B.1 as corrected by erratum 6268. */
const sampleSha256Request = fromHex(`
  0001 0090 2112a442 78ad3433 c6ad72c0 29da412e
  001e 0020 4a3cf38f ef6992bd a952c678 0417da0f 24819415 569e60b2 05c46e41 407f1704
  0015 0029 6f624d61 744a6f73 32414141 43662f2f 3439396b 39353464 364f4c33 346f4c39 46535476 79363473 41000000
  0014 000b 6578616d 706c652e 6f726700
  001d 0004 00020000
  001c 0020 b5c7bf00 5b6c52a2 1c51c5e8 92f81924 136296cb 927c4314 9309278c c6518e65`);

const USER = '\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9';
const REALM = 'example.org';
const PASSWORD = 'TheMatrIX';

function parse(bytes: Uint8Array): StunMessage {
  const message = parseStun(bytes);
  if (!message.ok) throw new Error(message.error);
  return message.value;
}

describe('the vectors of RFC 5769', () => {
  it('2.1 reads and prints the sample request', () => {
    const message = parse(sampleRequest);
    expect(message).toMatchObject({ class: 'request', method: METHOD_BINDING });
    expect(toHex(message.transactionId)).toBe(toHex(transactionId));
    expect(readText(message, ATTRIBUTE_SOFTWARE)).toBe('STUN test client');
    expect(readUint32(message, ATTRIBUTE_PRIORITY)).toBe(0x6e0001ff);
    expect(readUint64(message, ATTRIBUTE_ICE_CONTROLLED)).toBe(0x932ff9b151263b36n);
    expect(readText(message, ATTRIBUTE_USERNAME)).toBe('evtj:h6vY');
    expect(checkIntegrity(crypto, message, shortTerm)).toBe('sha1');
    expect(checkFingerprint(message)).toBe('valid');

    const printed = printStun(
      { class: 'request', method: METHOD_BINDING, transactionId },
      [
        textAttribute(ATTRIBUTE_SOFTWARE, 'STUN test client'),
        uint32Attribute(ATTRIBUTE_PRIORITY, 0x6e0001ff),
        uint64Attribute(ATTRIBUTE_ICE_CONTROLLED, 0x932ff9b151263b36n),
        textAttribute(ATTRIBUTE_USERNAME, 'evtj:h6vY'),
      ],
      { integrity: { crypto, algorithm: 'sha1', key: shortTerm }, fingerprint: true, paddingByte: SPACE },
    );
    expect(toHex(printed)).toBe(toHex(sampleRequest));
  });

  it.each([
    ['2.2', 'IPv4', sampleIpv4Response, '192.0.2.1'],
    ['2.3', 'IPv6', sampleIpv6Response, '2001:db8:1234:5678:11:2233:4455:6677'],
  ])('%s reads and prints the sample %s response', (_section, _family, bytes, address) => {
    const message = parse(bytes);
    expect(message.class).toBe('success');
    expect(readText(message, ATTRIBUTE_SOFTWARE)).toBe('test vector');
    expect(readXorAddress(message, ATTRIBUTE_XOR_MAPPED_ADDRESS)).toEqual({ address, port: 32853 });
    expect(checkIntegrity(crypto, message, shortTerm)).toBe('sha1');
    expect(checkFingerprint(message)).toBe('valid');

    const mapped = xorAddressAttribute(ATTRIBUTE_XOR_MAPPED_ADDRESS, { address, port: 32853 }, transactionId);
    const printed = printStun(
      { class: 'success', method: METHOD_BINDING, transactionId },
      [textAttribute(ATTRIBUTE_SOFTWARE, 'test vector'), ...(mapped === undefined ? [] : [mapped])],
      { integrity: { crypto, algorithm: 'sha1', key: shortTerm }, fingerprint: true, paddingByte: SPACE },
    );
    expect(toHex(printed)).toBe(toHex(bytes));
  });

  it('2.4 reads and prints the sample request with long-term authentication', () => {
    const message = parse(sampleLongTermRequest);
    const key = longTermKey(crypto, 'md5', USER, REALM, PASSWORD);
    expect(readText(message, ATTRIBUTE_USERNAME)).toBe(USER);
    expect(readText(message, ATTRIBUTE_NONCE)).toBe('f//499k954d6OL34oL9FSTvy64sA');
    expect(readText(message, ATTRIBUTE_REALM)).toBe(REALM);
    expect(checkIntegrity(crypto, message, key)).toBe('sha1');
    expect(checkFingerprint(message)).toBe('missing');

    const printed = printStun(
      message,
      [
        textAttribute(ATTRIBUTE_USERNAME, USER),
        textAttribute(ATTRIBUTE_NONCE, 'f//499k954d6OL34oL9FSTvy64sA'),
        textAttribute(ATTRIBUTE_REALM, REALM),
      ],
      { integrity: { crypto, algorithm: 'sha1', key } },
    );
    expect(toHex(printed)).toBe(toHex(sampleLongTermRequest));
  });
});

it('RFC 8489 B.1 reads and prints the sample request with MESSAGE-INTEGRITY-SHA256', () => {
  const message = parse(sampleSha256Request);
  const key = longTermKey(crypto, 'sha256', USER, REALM, PASSWORD);
  expect(checkIntegrity(crypto, message, key)).toBe('sha256');
  expect(checkIntegrity(crypto, message, shortTerm)).toBe('wrong');
  const attributes = message.attributes.slice(0, -1);
  const printed = printStun(message, attributes, { integrity: { crypto, algorithm: 'sha256', key } });
  expect(toHex(printed)).toBe(toHex(sampleSha256Request));
});

it('checks integrity without touching the datagram, also when it is a Buffer', () => {
  const datagram = Buffer.from(sampleRequest);
  const message = parse(datagram);
  expect(checkIntegrity(crypto, message, shortTerm)).toBe('sha1');
  expect(toHex(datagram)).toBe(toHex(sampleRequest));
  expect(findAttribute(message, ATTRIBUTE_PRIORITY)?.offset).toBe(40);
});
