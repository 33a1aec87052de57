import { fault } from '@earshot/base';
import { type Frames, MAX_FRAME } from './frames.js';
import type { ByteSource } from './source.js';

/**
 * The classic format of libpcap (draft-ietf-opsawg-pcap):
 *
 *   magic (4) version (2, 2) reserved (8) snap length (4) link type (4)
 *   then for each frame: seconds (4) fraction (4) captured length (4) length on the wire (4) bytes
 *
 * The magic says the byte order and whether the fraction is of micro- or nanoseconds.
 */
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const HEADER = 24;
const FRAME_HEADER = 16;

/** Whether a file that begins with these bytes is of this format. */
export const isPcap = (start: Uint8Array): boolean => layoutOf(start) !== undefined;

interface Layout {
  readonly littleEndian: boolean;
  /** Of the fraction, in ms. */
  readonly unitMs: number;
}

function layoutOf(start: Uint8Array): Layout | undefined {
  if (start.length < 4) return undefined;
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === MAGIC_MICROSECONDS) return { littleEndian, unitMs: 1e-3 };
    if (magic === MAGIC_NANOSECONDS) return { littleEndian, unitMs: 1e-6 };
  }
  return undefined;
}

export function* readPcap(source: ByteSource): Frames {
  const header = source.read(HEADER);
  const layout = layoutOf(header);
  if (layout === undefined || header.length < HEADER) return fault('dump.truncated', 'the file ends within its header');
  const { littleEndian, unitMs } = layout;
  // The upper bits say how long a frame check sequence is, which nothing here needs.
  const linkType = new DataView(header.buffer, header.byteOffset).getUint32(20, littleEndian) & 0xffff;
  for (let number = 1; ; number += 1) {
    const head = source.read(FRAME_HEADER);
    if (head.length === 0) return undefined;
    if (head.length < FRAME_HEADER) return fault('dump.truncated', undefined, `frame ${number}`);
    const view = new DataView(head.buffer, head.byteOffset);
    const at = view.getUint32(0, littleEndian) * 1_000 + view.getUint32(4, littleEndian) * unitMs;
    const length = view.getUint32(8, littleEndian);
    const wireLength = view.getUint32(12, littleEndian);
    if (length > MAX_FRAME) return fault('dump.truncated', `a frame of ${length} bytes cannot be`, `frame ${number}`);
    const bytes = source.read(length);
    if (bytes.length < length) return fault('dump.truncated', undefined, `frame ${number}`);
    yield { at, linkType, bytes, wireLength };
  }
}
