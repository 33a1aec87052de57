import { toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { parseServerHello, writeServerHello } from './server-hello.js';

const FIXTURE = bytesOf([
  ['server_version DTLS 1.2', 'fefd'],
  ['random', '5a'.repeat(32)],
  ['session_id, empty', '00'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'c02b'],
  ['no compression', '00'],
  ['extensions, 9 bytes', '0009'],
  ['renegotiation_info of a first handshake', 'ff01 0001 00'],
  ['extended_master_secret', '0017 0000'],
]);

it('reads and writes a ServerHello', () => {
  const parsed = parseServerHello(FIXTURE);
  expect(parsed.ok).toBe(true);
  if (!parsed.ok) return;
  expect(parsed.value).toMatchObject({ version: 0xfefd, cipherSuite: 0xc02b, compressionMethod: 0 });
  expect([...parsed.value.extensions.keys()]).toEqual([0xff01, 23]);
  expect(toHex(writeServerHello(parsed.value))).toBe(toHex(FIXTURE));
});

it('refuses truncations and trailing bytes', () => {
  for (const length of [0, 33, 37, 39, FIXTURE.length - 1]) {
    expect(parseServerHello(FIXTURE.subarray(0, length)).ok, `${length} bytes`).toBe(false);
  }
  expect(parseServerHello(Uint8Array.of(...FIXTURE, 0)).ok).toBe(false);
});
