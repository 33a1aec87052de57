import { ByteWriter } from '@earshot/base';
import { findAttribute, readUint32, type StunAttributeValue, type StunMessage, uint32Attribute } from '@earshot/stun';
import {
  ATTRIBUTE_ADDRESS_ERROR_CODE,
  ATTRIBUTE_CHANNEL_NUMBER,
  ATTRIBUTE_EVEN_PORT,
  ATTRIBUTE_LIFETIME,
  ATTRIBUTE_REQUESTED_TRANSPORT,
  type IpFamily,
} from './numbers.js';

/** Writers and readers of TURN's attributes (RFC 8656 section 18). A reader gives undefined for what is absent or misshapen. */

const FAMILY_CODE = { 4: 1, 6: 2 } as const;

/** One byte that counts, three that are reserved. */
function leadingByte(message: StunMessage, type: number): number | undefined {
  const value = findAttribute(message, type)?.value;
  return value?.length === 4 ? value[0] : undefined;
}

/** LIFETIME (18.2); `lifetime` in ms, whole seconds on the wire. */
export const lifetimeAttribute = (lifetime: number): StunAttributeValue =>
  uint32Attribute(ATTRIBUTE_LIFETIME, Math.floor(lifetime / 1000));

export function readLifetime(message: StunMessage): number | undefined {
  const seconds = readUint32(message, ATTRIBUTE_LIFETIME);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** CHANNEL-NUMBER (18.1). */
export const channelNumberAttribute = (channel: number): StunAttributeValue => ({
  type: ATTRIBUTE_CHANNEL_NUMBER,
  value: new ByteWriter(4).u16(channel).u16(0).finish(),
});

export function readChannelNumber(message: StunMessage): number | undefined {
  const value = findAttribute(message, ATTRIBUTE_CHANNEL_NUMBER)?.value;
  return value?.length === 4 ? (value[0] ?? 0) * 256 + (value[1] ?? 0) : undefined;
}

/** REQUESTED-TRANSPORT (18.8): an IP protocol. */
export const requestedTransportAttribute = (protocol: number): StunAttributeValue => ({
  type: ATTRIBUTE_REQUESTED_TRANSPORT,
  value: Uint8Array.of(protocol, 0, 0, 0),
});

export const readRequestedTransport = (message: StunMessage): number | undefined =>
  leadingByte(message, ATTRIBUTE_REQUESTED_TRANSPORT);

/** REQUESTED-ADDRESS-FAMILY and ADDITIONAL-ADDRESS-FAMILY (18.6, 18.11), by their type. */
export const addressFamilyAttribute = (type: number, family: IpFamily): StunAttributeValue => ({
  type,
  value: Uint8Array.of(FAMILY_CODE[family], 0, 0, 0),
});

/** `other`: the attribute is there, and its family is neither. */
export function readAddressFamily(message: StunMessage, type: number): IpFamily | 'other' | undefined {
  if (findAttribute(message, type) === undefined) return undefined;
  const code = leadingByte(message, type);
  if (code === FAMILY_CODE[4]) return 4;
  return code === FAMILY_CODE[6] ? 6 : 'other';
}

/** EVEN-PORT (18.7): whether the next-higher port is to be reserved too. */
export const evenPortAttribute = (reserveNext: boolean): StunAttributeValue => ({
  type: ATTRIBUTE_EVEN_PORT,
  value: Uint8Array.of(reserveNext ? 0x80 : 0),
});

export function readEvenPort(message: StunMessage): { readonly reserveNext: boolean } | undefined {
  const value = findAttribute(message, ATTRIBUTE_EVEN_PORT)?.value;
  return value?.length === 1 ? { reserveNext: ((value[0] ?? 0) & 0x80) !== 0 } : undefined;
}

/** ADDRESS-ERROR-CODE (18.12): why one of two families could not be had. */
export const addressErrorCodeAttribute = (family: IpFamily, code: number): StunAttributeValue => ({
  type: ATTRIBUTE_ADDRESS_ERROR_CODE,
  value: Uint8Array.of(FAMILY_CODE[family], 0, Math.floor(code / 100), code % 100),
});

export function readAddressErrorCode(message: StunMessage): { family: IpFamily; code: number } | undefined {
  const value = findAttribute(message, ATTRIBUTE_ADDRESS_ERROR_CODE)?.value;
  if (value === undefined || value.length < 4) return undefined;
  const family = value[0] === FAMILY_CODE[4] ? 4 : value[0] === FAMILY_CODE[6] ? 6 : undefined;
  return family && { family, code: ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0) };
}
