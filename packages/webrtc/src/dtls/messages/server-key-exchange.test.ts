import { toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/fixture.js';
import { parseServerKeyExchange, writeServerEcdhParams, writeServerKeyExchange } from './server-key-exchange.js';

const PARAMS = [
  ['curve_type named_curve', '03'],
  ['x25519', '001d'],
  ['public key, 4 bytes here', '04 01020304'],
] as const;

const FIXTURE = bytesOf([...PARAMS, ['ecdsa with SHA-256', '0403'], ['signature, 3 bytes here', '0003 a1a2a3']]);

it('reads and writes a ServerKeyExchange and the part that is signed', () => {
  const parsed = parseServerKeyExchange(FIXTURE);
  expect(parsed.ok).toBe(true);
  if (!parsed.ok) return;
  expect(parsed.value).toMatchObject({ group: 29, scheme: 0x0403 });
  expect(toHex(writeServerKeyExchange(parsed.value))).toBe(toHex(FIXTURE));
  expect(toHex(writeServerEcdhParams(parsed.value))).toBe(toHex(bytesOf(PARAMS)));
});

it('refuses explicit curves, truncations and trailing bytes', () => {
  expect(parseServerKeyExchange(Uint8Array.of(1, ...FIXTURE.subarray(1))).ok).toBe(false);
  for (let length = 0; length < FIXTURE.length; length += 1) {
    expect(parseServerKeyExchange(FIXTURE.subarray(0, length)).ok, `${length} bytes`).toBe(false);
  }
  expect(parseServerKeyExchange(Uint8Array.of(...FIXTURE, 0)).ok).toBe(false);
});
