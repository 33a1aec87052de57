import { fromHex, toHex } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { expect, it } from 'vitest';
import { prf, recordKeys } from './key-schedule.js';
import { exportSrtpKeys } from './srtp-keys.js';

const randoms = { client: new Uint8Array(32).fill(1), server: new Uint8Array(32).fill(2) };
const masterSecret = new Uint8Array(48).fill(3);

it('computes P_SHA256 (the test vector circulated on the TLS working group list in 2009)', () => {
  const output = prf(
    nodeCrypto,
    fromHex('9bbe436ba940f017b17652849a71db35'),
    'test label',
    fromHex('a0ba9f936cda311827a6f796ffd5198c'),
    100,
  );
  expect(toHex(output)).toBe(
    'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a' +
      '6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab' +
      '4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701' +
      '87347b66',
  );
});

it('cuts the key block into keys and then nonce salts', () => {
  const seed = new Uint8Array(64).fill(2, 0, 32).fill(1, 32);
  const block = toHex(prf(nodeCrypto, masterSecret, 'key expansion', seed, 40));
  const { client, server } = recordKeys(nodeCrypto, masterSecret, randoms);
  expect([client.key, server.key, client.salt, server.salt].map(toHex).join('')).toBe(block);
  expect([client.key.length, client.salt.length]).toEqual([16, 4]);
});

it.each([
  ['AES128_CM_HMAC_SHA1_80', 14],
  ['AEAD_AES_128_GCM', 12],
] as const)('cuts the exported material of %s into keys and then salts of %i bytes', (profile, saltBytes) => {
  const seed = new Uint8Array(64).fill(1, 0, 32).fill(2, 32);
  const material = prf(nodeCrypto, masterSecret, 'EXTRACTOR-dtls_srtp', seed, 2 * (16 + saltBytes));
  const { client, server } = exportSrtpKeys(nodeCrypto, masterSecret, randoms, profile);
  expect([client.key, server.key, client.salt, server.salt].map(toHex).join('')).toBe(toHex(material));
  expect(client.salt).toHaveLength(saltBytes);
});
