import { ByteWriter, type TransportAddress } from '@earshot/base';
import { formatIp, parseIp, unmapIpv4 } from './ip.js';
import { findAttribute, type StunAttributeValue, type StunMessage } from './message.js';
import { ATTRIBUTE_ALTERNATE_SERVER, STUN_COOKIE } from './types.js';

/**
 * XOR-MAPPED-ADDRESS (RFC 8489 section 14.2), and later XOR-PEER-ADDRESS and XOR-RELAYED-ADDRESS of TURN:
 *
 *   | 0 | family: 1 IPv4, 2 IPv6 | port, XORed with the upper half of the cookie |
 *   | address, XORed with the cookie and, for IPv6, the transaction ID           |
 */
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

/** Undefined when `address` is not an IP address. An IPv4-mapped one is written as IPv4, which is what its owner has. */
export function xorAddressAttribute(
  type: number,
  { address, port }: TransportAddress,
  transactionId: Uint8Array,
): StunAttributeValue | undefined {
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  const bytes = unmapIpv4(ip);
  const value = new ByteWriter(4 + bytes.length)
    .u16(bytes.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6)
    .u16(port ^ (STUN_COOKIE >>> 16))
    .put(xorAddress(bytes, transactionId))
    .finish();
  return { type, value };
}

export function readXorAddress(message: StunMessage, type: number): TransportAddress | undefined {
  const value = findAttribute(message, type)?.value;
  return value === undefined ? undefined : decodeXorAddress(value, message.transactionId);
}

/** The address as its family says, also an IPv4-mapped one; undefined when the value is misshapen. */
export function decodeXorAddress(value: Uint8Array, transactionId: Uint8Array): TransportAddress | undefined {
  if (!isWellFormed(value)) return undefined;
  const port = ((value[2] ?? 0) * 256 + (value[3] ?? 0)) ^ (STUN_COOKIE >>> 16);
  return { address: formatIp(xorAddress(value.subarray(4), transactionId)), port };
}

/** ALTERNATE-SERVER (RFC 8489 section 14.15): as above, without the XOR. */
export function alternateServerAttribute({ address, port }: TransportAddress): StunAttributeValue | undefined {
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  const bytes = unmapIpv4(ip);
  const value = new ByteWriter(4 + bytes.length)
    .u16(bytes.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6)
    .u16(port)
    .put(bytes)
    .finish();
  return { type: ATTRIBUTE_ALTERNATE_SERVER, value };
}

export function readAlternateServer(message: StunMessage): TransportAddress | undefined {
  const value = findAttribute(message, ATTRIBUTE_ALTERNATE_SERVER)?.value;
  if (value === undefined || !isWellFormed(value)) return undefined;
  return { address: formatIp(value.subarray(4)), port: (value[2] ?? 0) * 256 + (value[3] ?? 0) };
}

const isWellFormed = (value: Uint8Array): boolean =>
  (value[1] === FAMILY_IPV4 && value.length === 8) || (value[1] === FAMILY_IPV6 && value.length === 20);

function xorAddress(bytes: Uint8Array, transactionId: Uint8Array): Uint8Array {
  const mask = new ByteWriter(16).u32(STUN_COOKIE).put(transactionId).finish();
  return bytes.map((byte, index) => byte ^ (mask[index] ?? 0));
}
