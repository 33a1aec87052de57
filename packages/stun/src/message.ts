import { ByteReader, ByteWriter, err, ok, type Result } from '@earshot/base';
import {
  ATTRIBUTE_FINGERPRINT,
  ATTRIBUTE_MESSAGE_INTEGRITY,
  ATTRIBUTE_MESSAGE_INTEGRITY_SHA256,
  STUN_COOKIE,
  STUN_HEADER_LENGTH,
  type StunClass,
} from './types.js';

/**
 * A STUN message (RFC 8489 section 5) and its attributes (section 14):
 *
 *   |0 0| message type (14) |   length of all attributes   |
 *   |                 magic cookie 0x2112A442              |
 *   |              transaction ID (96 bits)                |
 *   |  attribute type (16)  |   length of the value (16)   |
 *   |  value, then 0 to 3 bytes of padding ...
 */
export interface StunMessage {
  /** The whole message, of which the values below are views. */
  readonly bytes: Uint8Array;
  readonly class: StunClass;
  /** 12 bits; Binding is 1. */
  readonly method: number;
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  /** Those that count, in their order: see `isCovered`. */
  readonly attributes: readonly StunAttribute[];
}

export interface StunAttribute extends StunAttributeValue {
  /** Where its header begins in the message. */
  readonly offset: number;
}

export interface StunAttributeValue {
  readonly type: number;
  readonly value: Uint8Array;
}

/** Why a datagram is not a STUN message. */
export type StunError = 'header' | 'length' | 'attribute' | 'too-many-attributes' | 'after-fingerprint';

/** More than any usage needs; bounds the work that one datagram can cause. */
const MAX_ATTRIBUTES = 64;
const CLASSES: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

/** Reads one datagram. The message shares its bytes. */
export function parseStun(datagram: Uint8Array): Result<StunMessage, StunError> {
  const reader = new ByteReader(datagram);
  const type = reader.u16();
  const length = reader.u16();
  const cookie = reader.u32();
  const transactionId = reader.take(12);
  if (reader.failed || type > 0x3fff || cookie !== STUN_COOKIE) return err('header');
  if (length !== reader.remaining || length % 4 !== 0) return err('length');
  const attributes = parseAttributes(reader);
  if (!attributes.ok) return attributes;
  return ok({
    bytes: datagram,
    class: CLASSES[((type >> 7) & 2) | ((type >> 4) & 1)] ?? 'request',
    method: (type & 0x000f) | ((type >> 1) & 0x0070) | ((type >> 2) & 0x0f80),
    transactionId,
    attributes: attributes.value,
  });
}

function parseAttributes(reader: ByteReader): Result<StunAttribute[], StunError> {
  const attributes: StunAttribute[] = [];
  let seen = 0;
  let last = 0;
  while (reader.remaining > 0) {
    if (last === ATTRIBUTE_FINGERPRINT) return err('after-fingerprint');
    const { offset } = reader;
    const type = reader.u16();
    const length = reader.u16();
    const value = reader.take(length);
    reader.take(paddingOf(length));
    if (reader.failed) return err('attribute');
    seen += 1;
    if (seen > MAX_ATTRIBUTES) return err('too-many-attributes');
    if (isCovered(type, last)) {
      attributes.push({ type, value, offset });
      last = type;
    }
  }
  return ok(attributes);
}

/**
 * What follows an integrity attribute is not protected by it and is ignored, except a stronger integrity attribute
 * and FINGERPRINT (RFC 8489 sections 14.5 and 14.6).
 */
function isCovered(type: number, last: number): boolean {
  if (last === ATTRIBUTE_MESSAGE_INTEGRITY) {
    return type === ATTRIBUTE_MESSAGE_INTEGRITY_SHA256 || type === ATTRIBUTE_FINGERPRINT;
  }
  return last !== ATTRIBUTE_MESSAGE_INTEGRITY_SHA256 || type === ATTRIBUTE_FINGERPRINT;
}

/** The first attribute of a type: later ones are ignored (RFC 8489 section 14). */
export function findAttribute(message: StunMessage, type: number): StunAttribute | undefined {
  return message.attributes.find((attribute) => attribute.type === type);
}

export interface StunHeader {
  readonly class: StunClass;
  readonly method: number;
  readonly transactionId: Uint8Array;
}

/** The header for a message whose attributes take `length` bytes. */
export function printHeader(header: StunHeader, length: number): Uint8Array {
  const bits = CLASSES.indexOf(header.class);
  const { method } = header;
  const type =
    ((method & 0x0f80) << 2) | ((method & 0x0070) << 1) | (method & 0x000f) | ((bits & 2) << 7) | ((bits & 1) << 4);
  return new ByteWriter(STUN_HEADER_LENGTH).u16(type).u16(length).u32(STUN_COOKIE).put(header.transactionId).finish();
}

/** `paddingByte` is zero in all that is sent (RFC 8489 section 14); the vectors of RFC 5769 have spaces. */
export function printAttribute({ type, value }: StunAttributeValue, paddingByte = 0): Uint8Array {
  const padding = new Uint8Array(paddingOf(value.length)).fill(paddingByte);
  return new ByteWriter(4 + value.length + padding.length).u16(type).u16(value.length).put(value).put(padding).finish();
}

const paddingOf = (length: number): number => (4 - (length % 4)) % 4;
