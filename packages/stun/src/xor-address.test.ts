import { fromHex, toHex } from '@earshot/base';
import { expect, it } from 'vitest';
import { alternateServerAttribute, decodeXorAddress, parseStun, printStun, readAlternateServer } from './index.js';

const transactionId = fromHex('000102030405060708090a0b');
const header = { class: 'error', method: 3, transactionId } as const;

function alternateOf(value: Uint8Array) {
  const message = parseStun(printStun(header, [{ type: 0x8023, value }]));
  return message.ok ? readAlternateServer(message.value) : undefined;
}

it.each([
  [{ address: '192.0.2.1', port: 3478 }, '00010d96c0000201'],
  [{ address: '2001:db8::1', port: 443 }, '000201bb20010db8000000000000000000000001'],
])('writes and reads ALTERNATE-SERVER for %j', (address, hex) => {
  const value = alternateServerAttribute(address)?.value ?? new Uint8Array(0);
  expect(toHex(value)).toBe(hex);
  expect(alternateOf(value)).toEqual(address);
});

it('has no ALTERNATE-SERVER for a name, nor for misshapen bytes', () => {
  expect(alternateServerAttribute({ address: 'turn.example.com', port: 1 })).toBeUndefined();
  expect(alternateOf(fromHex('00010d96c00002'))).toBeUndefined();
  expect(alternateOf(fromHex('00030d96c0000201'))).toBeUndefined();
});

it('leaves an IPv4-mapped address what its family says', () => {
  const xored = '0000000000000000 0000ffff c0000201'.replace(/ /g, '');
  const mask = `2112a442${toHex(transactionId)}`;
  const bytes = fromHex(xored).map((byte, index) => byte ^ (fromHex(mask)[index] ?? 0));
  const value = Uint8Array.of(0, 2, 0x21, 0x13, ...bytes);
  expect(decodeXorAddress(value, transactionId)).toEqual({ address: '::ffff:c000:201', port: 1 });
});
