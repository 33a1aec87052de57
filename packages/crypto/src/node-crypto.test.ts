import { fromHex, toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { createCertificate, loadCertificate, nodeCrypto } from './index.js';

it.each(['x25519', 'secp256r1'] as const)('agrees on a secret over %s and refuses bad points', (group) => {
  const a = nodeCrypto.generateKeyAgreement(group);
  const b = nodeCrypto.generateKeyAgreement(group);
  expect(toHex(a.deriveSecret(b.publicKey) ?? new Uint8Array())).toBe(
    toHex(b.deriveSecret(a.publicKey) ?? new Uint8Array(1)),
  );
  expect(a.deriveSecret(new Uint8Array(b.publicKey.length))).toBeUndefined();
  expect(a.deriveSecret(new Uint8Array(3))).toBeUndefined();
});

it('seals and opens, and refuses a changed tag', () => {
  const aead = nodeCrypto.aes128Gcm(fromHex('000102030405060708090a0b0c0d0e0f'));
  const nonce = new Uint8Array(12);
  const aad = new Uint8Array([1, 2, 3]);
  const sealed = aead.seal(nonce, aad, new Uint8Array([9, 8, 7]));
  expect(aead.open(nonce, aad, sealed)).toEqual(Buffer.from([9, 8, 7]));
  sealed[sealed.length - 1] = (sealed[sealed.length - 1] ?? 0) ^ 1;
  expect(aead.open(nonce, aad, sealed)).toBeUndefined();
  expect(aead.open(nonce, aad, new Uint8Array(15))).toBeUndefined();
});

it('gives one key stream over many calls (FIPS 197 appendix C.1)', () => {
  const cipher = nodeCrypto.aes128Ecb(fromHex('000102030405060708090a0b0c0d0e0f'));
  const block = fromHex('00112233445566778899aabbccddeeff');
  expect(toHex(cipher.encrypt(block))).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
  expect(toHex(cipher.encrypt(block))).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
});

it('keys HMAC-SHA1 once (RFC 2202 case 2)', () => {
  const mac = nodeCrypto.hmacSha1(Buffer.from('Jefe'));
  const data = Buffer.from('..what do ya want for nothing?..');
  expect(toHex(mac.sign(data, 2, data.length - 2))).toBe('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
  expect(toHex(mac.sign(data, 2, 10, data.subarray(10, data.length - 2)))).toBe(
    'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  );
});

it('signs with a certificate that verifies, and with no other', async () => {
  const own = loadCertificate(await createCertificate(Date.now()));
  const other = loadCertificate(await createCertificate(Date.now()));
  const data = Buffer.from('handshake');
  const signature = nodeCrypto.signEcdsaSha256(own.privateKey, data);
  expect(own.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(nodeCrypto.verifyCertificateSignature(own.der, 'ecdsa-sha256', data, signature)).toBe(true);
  expect(nodeCrypto.verifyCertificateSignature(other.der, 'ecdsa-sha256', data, signature)).toBe(false);
  expect(nodeCrypto.verifyCertificateSignature(own.der, 'rsa-pkcs1-sha256', data, signature)).toBe(false);
  expect(nodeCrypto.verifyCertificateSignature(new Uint8Array(4), 'ecdsa-sha256', data, signature)).toBe(false);
});
