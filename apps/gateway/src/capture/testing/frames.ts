import { ByteWriter } from '@earshot/base';
import { encodeG711, writeRtpHeader } from '@earshot/rtp';
import { parseIp } from '@earshot/stun';

/** A place that packets come from or go to: an IP address and a port. */
export type End = readonly [address: string, port: number];

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

const ipOf = (address: string): Uint8Array => {
  const bytes = parseIp(address);
  if (bytes === undefined) throw new TypeError(`${address} is no IP address`);
  return bytes;
};

/** An IP packet with UDP in it. `fragment`: the flags and offset of IPv4. */
export function udp(from: End, to: End, payload: Uint8Array | string, fragment = 0): Uint8Array {
  const body = typeof payload === 'string' ? text(payload) : payload;
  const [source, destination] = [ipOf(from[0]), ipOf(to[0])];
  const datagram = new ByteWriter()
    .u16(from[1])
    .u16(to[1])
    .u16(8 + body.length)
    .u16(0)
    .put(body)
    .finish();
  return ip(source, destination, 17, datagram, fragment);
}

/** The same with TCP. `begins`: SYN. */
export function tcp(from: End, to: End, sequence: number, payload: Uint8Array | string, begins = false): Uint8Array {
  const body = typeof payload === 'string' ? text(payload) : payload;
  const segment = new ByteWriter().u16(from[1]).u16(to[1]).u32(sequence).u32(0);
  segment
    .u8(5 << 4)
    .u8(begins ? 2 : 16)
    .u16(1000)
    .u16(0)
    .u16(0)
    .put(body);
  return ip(ipOf(from[0]), ipOf(to[0]), 6, segment.finish(), 0);
}

function ip(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  body: Uint8Array,
  fragment: number,
): Uint8Array {
  const header = new ByteWriter();
  if (source.length === 16) {
    header.u32(0x6000_0000).u16(body.length).u8(protocol).u8(64);
  } else {
    header
      .u16(0x4500)
      .u16(20 + body.length)
      .u16(1)
      .u16(fragment)
      .u8(64)
      .u8(protocol)
      .u16(0);
  }
  return header.put(source).put(destination).put(body).finish();
}

const ETHERNET = 1;

/** An IP packet as a frame of this link type, in an Ethernet with that many VLAN tags. */
export function frame(packet: Uint8Array, linkType = ETHERNET, tags = 0): Uint8Array {
  const type = (packet[0] as number) >> 4 === 6 ? 0x86dd : 0x0800;
  const writer = new ByteWriter();
  switch (linkType) {
    case ETHERNET:
      writer.put(new Uint8Array(12));
      for (let tag = 0; tag < tags; tag += 1) writer.u16(tag === 0 && tags > 1 ? 0x88a8 : 0x8100).u16(7);
      writer.u16(type);
      break;
    case 113:
      writer.put(new Uint8Array(14)).u16(type);
      break;
    case 276:
      writer.u16(type).put(new Uint8Array(18));
      break;
    case 0:
    case 108:
      writer.u32(2);
      break;
    default:
  }
  return writer.put(packet).finish();
}

/** A frame with its time in ms. */
export interface TimedFrame {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface FileShape {
  readonly linkType?: number;
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
}

/** A number of 32 or 16 bits in the byte order of a file. */
function numbers(littleEndian: boolean) {
  const write = (size: 2 | 4) => (value: number) => {
    const view = new DataView(new ArrayBuffer(size));
    if (size === 2) view.setUint16(0, value, littleEndian);
    else view.setUint32(0, value, littleEndian);
    return new Uint8Array(view.buffer);
  };
  return { u16: write(2), u32: write(4) };
}

export function pcap(
  frames: readonly TimedFrame[],
  { linkType = ETHERNET, littleEndian = true, nanoseconds = false }: FileShape = {},
): Uint8Array {
  const { u16, u32 } = numbers(littleEndian);
  const writer = new ByteWriter();
  writer
    .put(u32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4))
    .put(u16(2))
    .put(u16(4));
  writer.put(u32(0)).put(u32(0)).put(u32(65_535)).put(u32(linkType));
  for (const { at, bytes } of frames) {
    const second = Math.floor(at / 1000);
    const fraction = Math.round((at - second * 1000) * (nanoseconds ? 1e6 : 1e3));
    writer.put(u32(second)).put(u32(fraction)).put(u32(bytes.length)).put(u32(bytes.length)).put(bytes);
  }
  return writer.finish();
}

export function pcapng(
  frames: readonly TimedFrame[],
  { linkType = ETHERNET, littleEndian = true, nanoseconds = false }: FileShape = {},
): Uint8Array {
  const { u16, u32 } = numbers(littleEndian);
  const file = new ByteWriter();
  const block = (type: number, ...parts: readonly Uint8Array[]): void => {
    const body = new ByteWriter();
    for (const part of parts) body.put(part);
    while (body.length % 4 !== 0) body.u8(0);
    const length = body.length + 12;
    file.put(u32(type)).put(u32(length)).put(body.finish()).put(u32(length));
  };
  block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(1), u16(0), u32(0xffffffff), u32(0xffffffff));
  const resolution = nanoseconds ? [u16(9), u16(1), Uint8Array.of(9, 0, 0, 0), u16(0), u16(0)] : [];
  block(1, u16(linkType), u16(0), u32(65_535), ...resolution);
  // A block that nobody needs here.
  block(4, u32(0), u32(0));
  for (const { at, bytes } of frames) {
    const ticks = Math.round(at * (nanoseconds ? 1e6 : 1e3));
    const [high, low] = [Math.floor(ticks / 2 ** 32), ticks % 2 ** 32];
    block(6, u32(0), u32(high), u32(low), u32(bytes.length), u32(bytes.length), bytes);
  }
  return file.finish();
}

/** 20 ms of G.711 A-law: a tone, or digital silence. */
export function rtp(sequence: number, { silent = false, payloadType = 8, ssrc = 7 } = {}): Uint8Array {
  const packet = new Uint8Array(12 + 160);
  writeRtpHeader(packet, 0, payloadType, false, sequence & 0xffff, sequence * 160, ssrc);
  const pcm = Int16Array.from({ length: 160 }, (_, at) => (silent ? 0 : Math.round(16_000 * Math.sin(at / 3))));
  encodeG711('PCMA', pcm, 0, 160, packet, 12);
  return packet;
}

export const sdp = ([address, port]: End, direction = 'sendrecv'): string =>
  [
    ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${port} RTP/AVP 8 101`],
    ...['a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', `a=${direction}`, ''],
  ].join('\r\n');

interface Sip {
  readonly callId?: string;
  readonly cseq?: number;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: readonly string[];
}

const sip = (start: string, { callId = 'a', cseq = 1, method = 'INVITE', body = '', headers = [] }: Sip): string =>
  [
    start,
    `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${callId}${cseq}${method}`,
    `From: <sip:a@192.0.2.1>;tag=1`,
    `To: <sip:b@192.0.2.2>${start.startsWith('INVITE') ? '' : ';tag=2'}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    'Max-Forwards: 70',
    'Contact: <sip:a@192.0.2.1>',
    ...headers,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');

export const request = (method: string, more: Sip = {}): string =>
  sip(`${method} sip:b@192.0.2.2 SIP/2.0`, { ...more, method });

export const response = (status: number, phrase: string, more: Sip = {}): string =>
  sip(`SIP/2.0 ${status} ${phrase}`, more);
