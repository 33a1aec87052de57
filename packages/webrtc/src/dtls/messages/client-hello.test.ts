import { toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { parseClientHello, writeClientHello } from './client-hello.js';

const RANDOM = '00112233445566778899aabbccddeeff'.repeat(2);

const FIXTURE = bytesOf([
  ['client_version DTLS 1.2', 'fefd'],
  ['random', RANDOM],
  ['session_id, 2 bytes', '02 abcd'],
  ['cookie, 1 byte', '01 77'],
  ['cipher_suites, 3', '0006 0a0a c02b 00ff'],
  ['compression_methods: null', '01 00'],
  ['extensions, 17 bytes', '0011'],
  ['extended_master_secret, empty', '0017 0000'],
  ['use_srtp, profile 0x0001, no MKI', '000e 0005 0002 0001 00'],
  ['an unknown one (GREASE), empty', '1a1a 0000'],
]);

it('reads and writes a ClientHello', () => {
  const parsed = parseClientHello(FIXTURE);
  expect(parsed.ok).toBe(true);
  if (!parsed.ok) return;
  const hello = parsed.value;
  expect(hello.version).toBe(0xfefd);
  expect(toHex(hello.random)).toBe(RANDOM);
  expect(toHex(hello.sessionId)).toBe('abcd');
  expect(toHex(hello.cookie)).toBe('77');
  expect(hello.cipherSuites).toEqual([0x0a0a, 0xc02b, 0x00ff]);
  expect([...hello.compressionMethods]).toEqual([0]);
  expect([...hello.extensions.keys()]).toEqual([23, 14, 0x1a1a]);
  expect(toHex(writeClientHello(hello))).toBe(toHex(FIXTURE));
});

it('reads a ClientHello without extensions', () => {
  const bare = FIXTURE.subarray(0, FIXTURE.length - 19);
  const parsed = parseClientHello(bare);
  expect(parsed.ok && parsed.value.extensions.size).toBe(0);
});

it('refuses every other truncation, half a suite, a byte too many and an extension that comes twice', () => {
  for (let length = 0; length < FIXTURE.length; length += 1) {
    if (length === FIXTURE.length - 19) continue; // the one without extensions
    expect(parseClientHello(FIXTURE.subarray(0, length)).ok, `${length} bytes`).toBe(false);
  }
  const odd = FIXTURE.slice();
  odd[40] = 5;
  expect(parseClientHello(odd).ok).toBe(false);
  expect(parseClientHello(Uint8Array.of(...FIXTURE, 0)).ok).toBe(false);
  const twice = FIXTURE.slice();
  twice.set([0x00, 0x17], twice.length - 4);
  const refused = parseClientHello(twice);
  expect(refused.ok ? undefined : refused.error).toEqual({
    code: 'dtls.decode_error',
    detail: 'extension 23 comes twice',
    where: 'ClientHello',
  });
});
