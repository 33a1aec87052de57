import { readU16, readU32 } from '@earshot/rtp';
import { formatIp } from '@earshot/stun';
import type { Frame } from './frames.js';

/** What a frame carries, of the protocols that calls use. */
export interface Packet {
  readonly at: number;
  readonly protocol: 'udp' | 'tcp';
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** Of UDP or TCP. Valid as long as the frame is. */
  readonly payload: Uint8Array;
  /** The payload as it was on the wire was longer. */
  readonly isCut: boolean;
  /** Of TCP: the number of the first payload byte, and whether the connection begins here. */
  readonly sequence?: number;
  readonly isBegin?: boolean;
}

export type NoPacket = 'other' | 'fragment' | 'malformed';

/** LINKTYPE_ numbers. */
const NULL = 0;
const ETHERNET = 1;
const RAW = 101;
const RAW_OLD = 12;
const RAW_OPENBSD = 14;
const LOOP = 108;
const LINUX_SLL = 113;
const IPV4_ONLY = 228;
const IPV6_ONLY = 229;
const LINUX_SLL2 = 276;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad, and the older one of QinQ. */
const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);

const TCP = 6;
const UDP = 17;

export function readPacket(frame: Frame): Packet | NoPacket {
  const start = ipOffset(frame);
  if (start < 0 || start >= frame.bytes.length) return 'other';
  const version = (frame.bytes[start] as number) >> 4;
  if (version === 4) return readIpv4(frame, start);
  return version === 6 ? readIpv6(frame, start) : 'other';
}

/** Where the IP header begins; -1 where the frame carries something else. */
function ipOffset({ linkType, bytes }: Frame): number {
  switch (linkType) {
    case RAW:
    case RAW_OLD:
    case RAW_OPENBSD:
    case IPV4_ONLY:
    case IPV6_ONLY:
      return 0;
    // The address family, in the byte order of whoever captured: the IP version says the same.
    case NULL:
    case LOOP:
      return 4;
    case ETHERNET:
      return afterEtherType(bytes, 12);
    case LINUX_SLL:
      return afterEtherType(bytes, 14);
    case LINUX_SLL2: {
      const next = afterEtherType(bytes, 0);
      // The protocol stands first, the addresses follow.
      return next < 0 ? -1 : next + 18;
    }
    default:
      return -1;
  }
}

function afterEtherType(bytes: Uint8Array, at: number): number {
  let place = at;
  for (let tags = 0; place + 2 <= bytes.length && tags < 4; tags += 1) {
    const type = readU16(bytes, place);
    if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) return place + 2;
    if (!VLAN_TAGS.has(type)) return -1;
    place += 4;
  }
  return -1;
}

/** RFC 791 section 3.1. */
function readIpv4(frame: Frame, start: number): Packet | NoPacket {
  const { bytes } = frame;
  const header = ((bytes[start] as number) & 0x0f) * 4;
  if (header < 20 || start + header > bytes.length) return 'malformed';
  const fragment = readU16(bytes, start + 6);
  if ((fragment & 0x3fff) !== 0) return 'fragment';
  // 0 where the network card was to fill it in.
  const total = readU16(bytes, start + 2) || bytes.length - start;
  const end = start + total;
  const addresses = [bytes.subarray(start + 12, start + 16), bytes.subarray(start + 16, start + 20)] as const;
  return readTransport(frame, bytes[start + 9] as number, start + header, end, addresses);
}

/** Hop-by-hop, routing and destination options (RFC 8200 section 4), which may precede UDP and TCP. */
const IPV6_OPTIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const IPV6_FRAGMENT = 44;

function readIpv6(frame: Frame, start: number): Packet | NoPacket {
  const { bytes } = frame;
  if (start + 40 > bytes.length) return 'malformed';
  const end = start + 40 + readU16(bytes, start + 4);
  let next = bytes[start + 6] as number;
  let at = start + 40;
  for (let count = 0; IPV6_OPTIONS.has(next) && at + 8 <= bytes.length && count < 8; count += 1) {
    next = bytes[at] as number;
    at += ((bytes[at + 1] as number) + 1) * 8;
  }
  if (next === IPV6_FRAGMENT) return 'fragment';
  const addresses = [bytes.subarray(start + 8, start + 24), bytes.subarray(start + 24, start + 40)] as const;
  return readTransport(frame, next, at, end, addresses);
}

function readTransport(
  { at, bytes }: Frame,
  protocol: number,
  start: number,
  end: number,
  [from, to]: readonly [Uint8Array, Uint8Array],
): Packet | NoPacket {
  if (protocol !== UDP && protocol !== TCP) return 'other';
  if (start + (protocol === UDP ? 8 : 20) > bytes.length) return 'malformed';
  const header = protocol === UDP ? 8 : ((bytes[start + 12] as number) >> 4) * 4;
  if (header < 8 || start + header > Math.min(end, bytes.length)) return 'malformed';
  const common = {
    at,
    source: formatIp(from),
    sourcePort: readU16(bytes, start),
    destination: formatIp(to),
    destinationPort: readU16(bytes, start + 2),
    payload: bytes.subarray(start + header, Math.min(end, bytes.length)),
    isCut: end > bytes.length,
  };
  if (protocol === UDP) return { ...common, protocol: 'udp' };
  const isBegin = ((bytes[start + 13] as number) & 0x02) !== 0;
  const sequence = (readU32(bytes, start + 4) + (isBegin ? 1 : 0)) >>> 0;
  return { ...common, protocol: 'tcp', sequence, isBegin };
}

/** `192.0.2.1:5060`, to find what belongs together. */
export const endOf = (address: string, port: number): string => `${address} ${port}`;
