import { fromHex, toHex } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { expect, it } from 'vitest';
import { GcmTransform } from './gcm-transform.js';
import { deriveSessionKeys } from './key-derivation.js';
import { KeyStream } from './key-stream.js';
import { SrtpReceiver } from './receiver.js';
import { SrtpSender } from './sender.js';

const MASTER_KEY = fromHex('E1F97A0D3E018BE0D64FA32C06DE4139');
const MASTER_SALT = fromHex('0EC675AD498AFEEBB6960B3AABE6');

function withRoom(hex: string): { packet: Uint8Array; length: number } {
  const bytes = fromHex(hex);
  const packet = new Uint8Array(bytes.length + 32);
  packet.set(bytes);
  return { packet, length: bytes.length };
}

it('makes the key stream of RFC 3711 appendix B.2', () => {
  const cipher = nodeCrypto.aes128Ecb(fromHex('2B7E151628AED2A6ABF7158809CF4F3C'));
  const zeros = new Uint8Array(48);
  new KeyStream(cipher, fromHex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD')).apply(zeros, 0, 48, 0, 0);
  expect(toHex(zeros)).toBe(
    'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
  );
});

it('derives the session keys of RFC 3711 appendix B.3', () => {
  const keys = deriveSessionKeys(nodeCrypto, 'AES128_CM_HMAC_SHA1_80', MASTER_KEY, MASTER_SALT, 'rtp');
  expect(toHex(keys.cipherKey)).toBe('c61e7a93744f39ee10734afe3ff7a087');
  expect(toHex(keys.salt)).toBe('30cbbc08863d8c85d49db34a9ae1');
  expect(toHex(keys.authKey)).toBe('cebe321f6ff7716b6fd4ab49af256a156d38baa4');
});

it('refuses keys of the wrong size', () => {
  expect(() => new SrtpSender(nodeCrypto, 'AEAD_AES_128_GCM', MASTER_KEY, MASTER_SALT)).toThrow(RangeError);
});

it('protects as libsrtp does with AES128_CM_HMAC_SHA1_80', () => {
  const plain = '800f1234decafbadcafebabeabababababababababababababababab';
  const protectedHex = '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb';
  const { packet, length } = withRoom(plain);
  const sender = new SrtpSender(nodeCrypto, 'AES128_CM_HMAC_SHA1_80', MASTER_KEY, MASTER_SALT);
  const receiver = new SrtpReceiver(nodeCrypto, 'AES128_CM_HMAC_SHA1_80', MASTER_KEY, MASTER_SALT);
  const size = sender.protectRtp(packet, length);
  expect(toHex(packet.subarray(0, size))).toBe(protectedHex);
  expect(receiver.unprotectRtp(packet, size)).toBe(length);
  expect(toHex(packet.subarray(0, length))).toBe(plain);
});

it('opens the SRTCP packet of libsrtp with AES128_CM_HMAC_SHA1_80', () => {
  const { packet, length } = withRoom('81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798');
  const receiver = new SrtpReceiver(nodeCrypto, 'AES128_CM_HMAC_SHA1_80', MASTER_KEY, MASTER_SALT);
  expect(receiver.unprotectRtcp(packet, length)).toBe(24);
  expect(toHex(packet.subarray(0, 24))).toBe('81c8000bcafebabeabababababababababababababababab');
});

const gcm = (): GcmTransform =>
  new GcmTransform(nodeCrypto, {
    cipherKey: fromHex('000102030405060708090a0b0c0d0e0f'),
    authKey: new Uint8Array(0),
    salt: fromHex('51756964 2070726f 2071756f'),
  });
const RTP = `8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
  69736120 696e2070 61727465 73207472 6573`;
const SRTP = `8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
  0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`;
const RTCP = `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
  deadbeef deadbeef deadbeef deadbeef deadbeef`;
const SRTCP = `81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d
  c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`;
const SRTCP_IN_CLEAR = `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
  deadbeef deadbeef deadbeef deadbeef deadbeef 841dd968 3dd78ec9 2ae58790 125f62b3 000005d4`;

it('seals and opens the RTP packet of RFC 7714 section 16.1', () => {
  const { packet, length } = withRoom(RTP);
  const size = gcm().sealRtp(packet, 12, length, 0x5501a0b2, 0xf17b);
  expect(toHex(packet.subarray(0, size))).toBe(toHex(fromHex(SRTP)));
  expect(gcm().openRtp(packet, 12, size, 0x5501a0b2, 0xf17b)).toBe(length);
  expect(toHex(packet.subarray(0, length))).toBe(toHex(fromHex(RTP)));
});

it('seals and opens the RTCP packet of RFC 7714 section 17.1', () => {
  const { packet, length } = withRoom(RTCP);
  const size = gcm().sealRtcp(packet, length, 0x4d617273, 0x5d4);
  expect(toHex(packet.subarray(0, size))).toBe(toHex(fromHex(SRTCP)));
  expect(gcm().openRtcp(packet, size, 0x4d617273)).toBe(length);
  expect(toHex(packet.subarray(0, length))).toBe(toHex(fromHex(RTCP)));
});

it('opens the RTCP packet of RFC 7714 section 17.3 that is only authenticated', () => {
  const { packet, length } = withRoom(SRTCP_IN_CLEAR);
  expect(gcm().openRtcp(packet, length, 0x4d617273)).toBe(length - 20);
  packet[30] = (packet[30] ?? 0) ^ 1;
  expect(gcm().openRtcp(packet, length, 0x4d617273)).toBe(-1);
});
