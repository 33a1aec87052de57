import { fault } from '@earshot/base';
import { type Frame, type Frames, MAX_FRAME } from './frames.js';
import type { ByteSource } from './source.js';

/**
 * pcapng (draft-ietf-opsawg-pcapng): blocks, each of
 *
 *   type (4) length of the whole (4) body, padded to 4 bytes, the length again (4)
 *
 * A section header says the byte order of what follows, and forgets the interfaces before it; an interface says link
 * type and the unit of its times; enhanced packets name an interface, and so do the older packet blocks. All other blocks
 * are passed over, simple packets too: they have no time.
 */
const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const INTERFACE = 1;
const PACKET = 2;
const ENHANCED_PACKET = 6;

const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;
const MAX_INTERFACES = 1_000;
/** Name resolution and custom blocks may be large; they are only passed over. */
const MAX_BLOCK = 16 * 1024 * 1024;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  readonly unitMs: number;
  readonly offsetMs: number;
}

/** Whether a file that begins with these bytes is of this format. */
export const isPcapng = (start: Uint8Array): boolean =>
  start.length >= 4 && new DataView(start.buffer, start.byteOffset).getUint32(0) === SECTION_HEADER;

export function* readPcapng(source: ByteSource): Frames {
  let littleEndian = true;
  let interfaces: Interface[] = [];
  for (let number = 1; ; number += 1) {
    const where = `block ${number}`;
    const head = Uint8Array.from(source.read(8));
    if (head.length === 0) return undefined;
    if (head.length < 8) return fault('dump.truncated', undefined, where);
    const type = viewOf(head).getUint32(0, littleEndian);
    let read = 0;
    if (type === SECTION_HEADER) {
      const magic = source.read(4);
      if (magic.length < 4) return fault('dump.truncated', undefined, where);
      littleEndian = viewOf(magic).getUint32(0, true) === BYTE_ORDER_MAGIC;
      interfaces = [];
      read = 4;
    }
    const length = viewOf(head).getUint32(4, littleEndian);
    if (length < 12 + read || length % 4 !== 0 || length > MAX_BLOCK) {
      return fault('dump.truncated', `a block of ${length} bytes cannot be`, where);
    }
    const rest = length - 8 - read;
    const body = source.read(rest);
    if (body.length < rest) return fault('dump.truncated', undefined, where);
    const content = body.subarray(0, rest - 4);
    if (type === INTERFACE && interfaces.length < MAX_INTERFACES) interfaces.push(readInterface(content, littleEndian));
    const frame = readFrame(type, content, littleEndian, interfaces);
    if (frame !== undefined) yield frame;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function readInterface(body: Uint8Array, littleEndian: boolean): Interface {
  if (body.length < 8) return { linkType: -1, snapLength: 0, unitMs: 1e-3, offsetMs: 0 };
  const view = viewOf(body);
  let unitMs = 1e-3;
  let offsetMs = 0;
  for (let at = 8; at + 4 <= body.length; ) {
    const option = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    if (option === 0 || at + 4 + length > body.length) break;
    if (option === OPTION_TIME_RESOLUTION && length >= 1) unitMs = resolution(view.getUint8(at + 4));
    if (option === OPTION_TIME_OFFSET && length >= 8) {
      offsetMs = Number(view.getBigInt64(at + 4, littleEndian)) * 1_000;
    }
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return { linkType: view.getUint16(0, littleEndian), snapLength: view.getUint32(4, littleEndian), unitMs, offsetMs };
}

/** A negative power of 10, or with the highest bit of 2, in seconds. */
const resolution = (value: number): number => 1_000 * (value & 0x80 ? 2 ** -(value & 0x7f) : 10 ** -value);

function readFrame(
  type: number,
  body: Uint8Array,
  littleEndian: boolean,
  interfaces: readonly Interface[],
): Frame | undefined {
  const view = viewOf(body);
  if ((type !== ENHANCED_PACKET && type !== PACKET) || body.length < 20) return undefined;
  const index = type === ENHANCED_PACKET ? view.getUint32(0, littleEndian) : view.getUint16(0, littleEndian);
  const from = interfaces[index];
  const length = view.getUint32(12, littleEndian);
  if (from === undefined || length > MAX_FRAME || 20 + length > body.length) return undefined;
  const ticks = view.getUint32(4, littleEndian) * 2 ** 32 + view.getUint32(8, littleEndian);
  return {
    at: ticks * from.unitMs + from.offsetMs,
    linkType: from.linkType,
    bytes: body.subarray(20, 20 + length),
    wireLength: view.getUint32(16, littleEndian),
  };
}
