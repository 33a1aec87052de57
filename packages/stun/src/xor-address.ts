import { ByteWriter, type TransportAddress } from '@earshot/base';
import { formatIp, parseIp, unmapIpv4 } from './ip.js';
import { findAttribute, type StunAttributeValue, type StunMessage } from './message.js';
import { STUN_COOKIE } from './types.js';

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
  if (value === undefined) return undefined;
  const family = value[1];
  const isWellFormed =
    (family === FAMILY_IPV4 && value.length === 8) || (family === FAMILY_IPV6 && value.length === 20);
  if (!isWellFormed) return undefined;
  const port = ((value[2] ?? 0) * 256 + (value[3] ?? 0)) ^ (STUN_COOKIE >>> 16);
  return { address: formatIp(xorAddress(value.subarray(4), message.transactionId)), port };
}

function xorAddress(bytes: Uint8Array, transactionId: Uint8Array): Uint8Array {
  const mask = new ByteWriter(16).u32(STUN_COOKIE).put(transactionId).finish();
  return bytes.map((byte, index) => byte ^ (mask[index] ?? 0));
}
