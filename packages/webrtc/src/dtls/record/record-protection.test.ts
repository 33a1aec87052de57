import { fromHex, toHex } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { expect, it } from 'vitest';
import { RecordProtection } from './record-protection.js';

const KEY = fromHex('000102030405060708090a0b0c0d0e0f');
const protection = new RecordProtection(nodeCrypto, KEY, fromHex('f0f1f2f3'));
const record = { type: 22, version: 0xfefd, epoch: 1, sequence: 5, fragment: fromHex('1400000c') };

it('puts epoch and sequence into the explicit nonce and authenticates the header', () => {
  const sealed = protection.seal(record);
  expect(toHex(sealed.subarray(0, 8))).toBe('0001000000000005');
  expect(sealed).toHaveLength(8 + 4 + 16);
  const additionalData = fromHex('0001000000000005 16 fefd 0004');
  const nonce = fromHex('f0f1f2f3 0001000000000005');
  const opened = nodeCrypto.aes128Gcm(KEY).open(nonce, additionalData, sealed.subarray(8));
  expect(opened && toHex(opened)).toBe('1400000c');
});

it('opens what it sealed and nothing that was changed', () => {
  const fragment = protection.seal(record);
  const opened = protection.open({ ...record, fragment });
  expect(opened && toHex(opened)).toBe('1400000c');
  expect(protection.open({ ...record, fragment, type: 21 })).toBeUndefined();
  expect(protection.open({ ...record, fragment, sequence: 6 })).toBeUndefined();
  expect(protection.open({ ...record, fragment, epoch: 2 })).toBeUndefined();
  expect(protection.open({ ...record, fragment: fragment.subarray(0, 23) })).toBeUndefined();
  for (let index = 0; index < fragment.length; index += 1) {
    const changed = fragment.slice();
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(protection.open({ ...record, fragment: changed }), `byte ${index}`).toBeUndefined();
  }
});
