import { ByteWriter } from '@earshot/base';
import { findAttribute, type StunAttributeValue, type StunMessage } from './message.js';
import { decodeText, encodeText } from './text.js';
import { ATTRIBUTE_ERROR_CODE, ATTRIBUTE_UNKNOWN_ATTRIBUTES } from './types.js';

/** Writers and readers for the kinds of attribute values. A reader gives undefined for what is absent or misshapen. */

/** USERNAME, REALM, NONCE, SOFTWARE (RFC 8489 sections 14.3, 14.9, 14.10, 14.14). */
export const textAttribute = (type: number, text: string): StunAttributeValue => ({ type, value: encodeText(text) });

export function readText(message: StunMessage, type: number): string | undefined {
  const attribute = findAttribute(message, type);
  return attribute === undefined ? undefined : decodeText(attribute.value);
}

/** PRIORITY (RFC 8445 section 16.1). */
export const uint32Attribute = (type: number, value: number): StunAttributeValue => ({
  type,
  value: new ByteWriter(4).u32(value).finish(),
});

export function readUint32(message: StunMessage, type: number): number | undefined {
  const value = findAttribute(message, type)?.value;
  return value?.length === 4 ? viewOf(value).getUint32(0) : undefined;
}

/** The tie-breaker of ICE-CONTROLLING and ICE-CONTROLLED (RFC 8445 section 16.1). */
export function uint64Attribute(type: number, number: bigint): StunAttributeValue {
  const value = new Uint8Array(8);
  viewOf(value).setBigUint64(0, number);
  return { type, value };
}

export function readUint64(message: StunMessage, type: number): bigint | undefined {
  const value = findAttribute(message, type)?.value;
  return value?.length === 8 ? viewOf(value).getBigUint64(0) : undefined;
}

/** USE-CANDIDATE (RFC 8445 section 16.1): present or not. */
export const flagAttribute = (type: number): StunAttributeValue => ({ type, value: new Uint8Array(0) });

export const hasAttribute = (message: StunMessage, type: number): boolean => findAttribute(message, type) !== undefined;

export interface StunErrorCode {
  /** 300 to 699. */
  readonly code: number;
  readonly reason: string;
}

/** ERROR-CODE (RFC 8489 section 14.8): the hundreds in one byte, the rest in the next, then the reason. */
export function errorCodeAttribute(code: number, reason = ''): StunAttributeValue {
  const value = new ByteWriter()
    .u16(0)
    .u8(Math.floor(code / 100))
    .u8(code % 100)
    .put(encodeText(reason))
    .finish();
  return { type: ATTRIBUTE_ERROR_CODE, value };
}

export function readErrorCode(message: StunMessage): StunErrorCode | undefined {
  const value = findAttribute(message, ATTRIBUTE_ERROR_CODE)?.value;
  if (value === undefined || value.length < 4) return undefined;
  const hundreds = (value[2] ?? 0) & 7;
  const rest = value[3] ?? 0;
  if (hundreds < 3 || hundreds > 6 || rest > 99) return undefined;
  return { code: hundreds * 100 + rest, reason: decodeText(value.subarray(4)) };
}

/** UNKNOWN-ATTRIBUTES (RFC 8489 section 14.13): 16 bits each. */
export function unknownAttributesAttribute(types: readonly number[]): StunAttributeValue {
  const writer = new ByteWriter(types.length * 2);
  for (const type of types) writer.u16(type);
  return { type: ATTRIBUTE_UNKNOWN_ATTRIBUTES, value: writer.finish() };
}

export function readUnknownAttributes(message: StunMessage): number[] | undefined {
  const value = findAttribute(message, ATTRIBUTE_UNKNOWN_ATTRIBUTES)?.value;
  if (value === undefined || value.length % 2 !== 0) return undefined;
  const view = viewOf(value);
  return Array.from({ length: value.length / 2 }, (_, index) => view.getUint16(index * 2));
}

/** The comprehension-required attributes of a message that a usage does not know: answered with 420 (section 6.3.1). */
export function unknownRequired(message: StunMessage, known: ReadonlySet<number>): number[] {
  const unknown = new Set<number>();
  for (const { type } of message.attributes) if (type < 0x8000 && !known.has(type)) unknown.add(type);
  return [...unknown];
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
