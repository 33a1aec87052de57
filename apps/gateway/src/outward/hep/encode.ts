import type { Millis, TransportAddress } from '@earshot/base';
import { parseIp } from '@earshot/stun';

/*
 * HEP version 3 (HEP3 Network Protocol Specification, Homer). Everything in network byte order.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |      'H'      |      'E'      |      'P'      |      '3'      |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  length of all, with these 6  |            chunks ...
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |       vendor (0: generic)     |             type              |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  length of the chunk, with 6  |            value ...
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

const CHUNK = {
  family: 0x0001,
  transport: 0x0002,
  ipv4Source: 0x0003,
  ipv4Destination: 0x0004,
  ipv6Source: 0x0005,
  ipv6Destination: 0x0006,
  sourcePort: 0x0007,
  destinationPort: 0x0008,
  seconds: 0x0009,
  microseconds: 0x000a,
  protocol: 0x000b,
  captureId: 0x000c,
  password: 0x000e,
  payload: 0x000f,
  correlationId: 0x0011,
} as const;

/** Address families as Linux and all agents of Homer count them. */
const AF_INET = 2;
const AF_INET6 = 10;
const UDP = 17;
const HEADER = 6;
/** The length is 16 bits, and it must fit a UDP datagram over IPv4. */
const LONGEST = 65_507;

/** What a packet holds: SIP as it is, RTCP as JSON. */
export const HEP_PROTOCOLS = { sip: 1, rtcp: 5 } as const;

export interface HepPacket {
  readonly protocol: keyof typeof HEP_PROTOCOLS;
  readonly source: TransportAddress;
  readonly destination: TransportAddress;
  readonly at: Millis;
  readonly captureId: number;
  readonly password?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly payload: Uint8Array;
}

/** Undefined where it cannot be said: no IP addresses, a payload that does not fit. */
export function encodeHep(packet: HepPacket): Buffer | undefined {
  const { protocol, source, destination, at, captureId, password, correlationId, payload } = packet;
  const addresses = addressChunks(source.address, destination.address);
  if (addresses === undefined) return undefined;
  const chunks = [
    ...addresses,
    chunk(CHUNK.sourcePort, uint16(source.port)),
    chunk(CHUNK.destinationPort, uint16(destination.port)),
    chunk(CHUNK.seconds, uint32(Math.floor(at / 1000))),
    chunk(CHUNK.microseconds, uint32(Math.floor((at % 1000) * 1000))),
    chunk(CHUNK.protocol, uint8(HEP_PROTOCOLS[protocol])),
    chunk(CHUNK.captureId, uint32(captureId)),
    ...(password === undefined ? [] : [chunk(CHUNK.password, Buffer.from(password))]),
    ...(correlationId === undefined ? [] : [chunk(CHUNK.correlationId, Buffer.from(correlationId))]),
    chunk(CHUNK.payload, payload),
  ];
  const length = chunks.reduce((sum, part) => sum + part.length, HEADER);
  if (length > LONGEST) return undefined;
  const header = Buffer.from('HEP3\0\0', 'latin1');
  header.writeUInt16BE(length, 4);
  return Buffer.concat([header, ...chunks], length);
}

function addressChunks(source: string, destination: string): readonly Buffer[] | undefined {
  const [from, to] = [parseIp(source), parseIp(destination)];
  if (from === undefined || to === undefined) return undefined;
  const isIpv4 = from.length === 4 && to.length === 4;
  return [
    chunk(CHUNK.family, uint8(isIpv4 ? AF_INET : AF_INET6)),
    chunk(CHUNK.transport, uint8(UDP)),
    chunk(isIpv4 ? CHUNK.ipv4Source : CHUNK.ipv6Source, isIpv4 ? from : mapped(from)),
    chunk(isIpv4 ? CHUNK.ipv4Destination : CHUNK.ipv6Destination, isIpv4 ? to : mapped(to)),
  ];
}

/** An IPv4 address beside one of IPv6 stands in its mapped form (RFC 4291 section 2.5.5.2). */
const mapped = (address: Uint8Array): Uint8Array =>
  address.length === 16 ? address : Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), address]);

function chunk(type: number, value: Uint8Array): Buffer {
  const whole = Buffer.alloc(HEADER + value.length);
  whole.writeUInt16BE(type, 2);
  // A longer one makes the whole too long, which is refused.
  whole.writeUInt16BE(Math.min(0xffff, whole.length), 4);
  whole.set(value, HEADER);
  return whole;
}

const uint8 = (value: number): Buffer => Buffer.from([value]);

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
