import { fromHex, toHex } from '@earshot/base';
import { parseStun, printStun, type StunAttributeValue, type StunMessage } from '@earshot/stun';
import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY,
  ATTRIBUTE_CHANNEL_NUMBER,
  ATTRIBUTE_EVEN_PORT,
  ATTRIBUTE_REQUESTED_ADDRESS_FAMILY,
  ATTRIBUTE_REQUESTED_TRANSPORT,
  addressErrorCodeAttribute,
  addressFamilyAttribute,
  channelNumberAttribute,
  evenPortAttribute,
  lifetimeAttribute,
  PROTOCOL_UDP,
  readAddressErrorCode,
  readAddressFamily,
  readChannelNumber,
  readEvenPort,
  readLifetime,
  readRequestedTransport,
  requestedTransportAttribute,
} from './index.js';

const header = { class: 'request', method: 3, transactionId: new Uint8Array(12) } as const;

function messageWith(...attributes: readonly StunAttributeValue[]): StunMessage {
  const message = parseStun(printStun(header, attributes));
  if (!message.ok) throw new Error(message.error);
  return message.value;
}

describe("TURN's attributes (RFC 8656 section 18)", () => {
  it.each<[string, StunAttributeValue, string, (message: StunMessage) => unknown, unknown]>([
    ['LIFETIME', lifetimeAttribute(600_999), '000d 00000258', readLifetime, 600_000],
    ['CHANNEL-NUMBER', channelNumberAttribute(0x4001), '000c 40010000', readChannelNumber, 0x4001],
    ['REQUESTED-TRANSPORT', requestedTransportAttribute(17), '0019 11000000', readRequestedTransport, PROTOCOL_UDP],
    ['EVEN-PORT', evenPortAttribute(false), '0018 00', readEvenPort, { reserveNext: false }],
    ['EVEN-PORT with R', evenPortAttribute(true), '0018 80', readEvenPort, { reserveNext: true }],
    [
      'ADDRESS-ERROR-CODE',
      addressErrorCodeAttribute(6, 440),
      '8001 02000428',
      readAddressErrorCode,
      { family: 6, code: 440 },
    ],
    [
      'REQUESTED-ADDRESS-FAMILY',
      addressFamilyAttribute(ATTRIBUTE_REQUESTED_ADDRESS_FAMILY, 4),
      '0017 01000000',
      (message) => readAddressFamily(message, ATTRIBUTE_REQUESTED_ADDRESS_FAMILY),
      4,
    ],
    [
      'ADDITIONAL-ADDRESS-FAMILY',
      addressFamilyAttribute(ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY, 6),
      '8000 02000000',
      (message) => readAddressFamily(message, ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY),
      6,
    ],
  ])('%s is written and read', (_, attribute, hex, read, expected) => {
    const [type, value] = hex.split(' ');
    expect([attribute.type.toString(16).padStart(4, '0'), toHex(attribute.value)]).toEqual([type, value]);
    expect(read(messageWith(attribute))).toEqual(expected);
  });

  it('are undefined when they are absent', () => {
    const empty = messageWith();
    const all = [readLifetime, readChannelNumber, readRequestedTransport, readEvenPort, readAddressErrorCode];
    expect(all.map((read) => read(empty))).toEqual(all.map(() => undefined));
    expect(readAddressFamily(empty, ATTRIBUTE_REQUESTED_ADDRESS_FAMILY)).toBeUndefined();
  });

  it.each<[string, number, string, (message: StunMessage) => unknown, unknown]>([
    ['CHANNEL-NUMBER', ATTRIBUTE_CHANNEL_NUMBER, '4001', readChannelNumber, undefined],
    ['REQUESTED-TRANSPORT', ATTRIBUTE_REQUESTED_TRANSPORT, '11', readRequestedTransport, undefined],
    ['EVEN-PORT', ATTRIBUTE_EVEN_PORT, '80000000', readEvenPort, undefined],
    ['ADDRESS-ERROR-CODE', 0x8001, '0300 0428', readAddressErrorCode, undefined],
    ['ADDRESS-ERROR-CODE', 0x8001, '02', readAddressErrorCode, undefined],
    [
      'an address family that is neither',
      ATTRIBUTE_REQUESTED_ADDRESS_FAMILY,
      '03000000',
      (message) => readAddressFamily(message, ATTRIBUTE_REQUESTED_ADDRESS_FAMILY),
      'other',
    ],
  ])('%s of another shape is told apart', (_, type, hex, read, expected) => {
    expect(read(messageWith({ type, value: fromHex(hex) }))).toBe(expected);
  });
});
