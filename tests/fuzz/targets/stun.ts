import { ByteWriter } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import {
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  checkFingerprint,
  checkIntegrity,
  parseStun,
  readErrorCode,
  readUnknownAttributes,
  readXorAddress,
  shortTermKey,
} from '@earshot/stun';
import { IceLiteAgent } from '@earshot/webrtc';
import fc from 'fast-check';
import { FIRST, printCheck } from '../../../packages/webrtc/src/testing/checks.js';
import type { FuzzTarget } from '../campaign.js';

const attribute = fc.record({
  type: fc.oneof(
    fc.constantFrom(0x0006, 0x0008, 0x0009, 0x000a, 0x001c, 0x0020, 0x0024, 0x0025, 0x8028),
    fc.nat(0xffff),
  ),
  value: fc.uint8Array({ maxLength: 40 }),
  /** What its length field says instead of the truth, now and then. */
  length: fc.option(fc.nat(0xffff), { freq: 4 }),
});

const structured = fc
  .record({
    type: fc.oneof(fc.constantFrom(0x0001, 0x0101, 0x0111), fc.nat(0x3fff)),
    transactionId: fc.uint8Array({ minLength: 12, maxLength: 12 }),
    attributes: fc.array(attribute, { maxLength: 12 }),
    length: fc.option(fc.nat(0xffff), { freq: 8 }),
  })
  .map(({ type, transactionId, attributes, length }) => {
    const body = new ByteWriter();
    for (const { type: kind, value, length: claimed } of attributes) {
      body
        .u16(kind)
        .u16(claimed ?? value.length)
        .put(value)
        .put(new Uint8Array((4 - (value.length % 4)) % 4));
    }
    const bytes = body.finish();
    return new ByteWriter()
      .u16(type)
      .u16(length ?? bytes.length)
      .u32(0x2112a442)
      .put(transactionId)
      .put(bytes)
      .finish();
  });

/** Seeds are the same in every run. */
const transaction = (number: number): Uint8Array => new Uint8Array(12).fill(number);

const FROM = { address: '192.0.2.7', port: 4000 };
const TO = { address: '203.0.113.9', port: 40_000, priority: 1 };

export const stun: FuzzTarget = {
  name: 'STUN',
  seeds: [
    printCheck({ transactionId: transaction(1) }),
    printCheck({ transactionId: transaction(2), useCandidate: true }),
    printCheck({ transactionId: transaction(3), algorithm: 'sha256' }),
    printCheck({ transactionId: transaction(4), role: 'controlled' }),
  ],
  structured,
  create: () => {
    const agent = new IceLiteAgent(nodeCrypto, { ice: FIRST });
    const key = shortTermKey(FIRST.pwd);
    return (input, now) => {
      const message = parseStun(input);
      if (message.ok) {
        checkFingerprint(message.value);
        checkIntegrity(nodeCrypto, message.value, key);
        readErrorCode(message.value);
        readUnknownAttributes(message.value);
        readXorAddress(message.value, ATTRIBUTE_XOR_MAPPED_ADDRESS);
      }
      agent.receive(now, input, { ...FROM, port: 4000 + (now % 60_000) }, TO);
    };
  },
};
