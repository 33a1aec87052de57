import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { err, type Fault, fault, ok, type Result } from '@earshot/base';
import { type CallTimeline, type DumpFormat, readDump } from '@earshot/telemetry';
import { bytesSource, chunkedSource, isCapture, readCapture } from '../capture/index.js';

/** What a file holds, whatever kind it is of. */
export interface CallsOfFile {
  readonly format: DumpFormat | 'pcap' | 'pcapng';
  /** At least one. */
  readonly calls: readonly CallTimeline[];
  /** What the file lacks, each a plain sentence. */
  readonly notes: readonly string[];
  /** Where it ends too early, or some of it could not be read. */
  readonly fault?: Fault;
}

/** Of a file that is read whole, and of one that is unpacked: texts, which are no larger. */
const MAX_BYTES = 512 * 1024 * 1024;
const STANDARD_INPUT = 0;

/**
 * Reads a file, or with `-` what comes in. Captures are read in one go through the file, whatever their size; everything
 * else whole. Packed by gzip, as browsers save dumps, either will do.
 */
export function readCallsOfFile(path: string): Result<CallsOfFile> {
  let file: number | undefined;
  try {
    file = path === '-' ? STANDARD_INPUT : openSync(path, 'r');
    if (fstatSync(file).isDirectory()) return err(fault('dump.unreadable', 'it is a folder'));
    return readOpen(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Node's own limits and what the system says are both a file that cannot be read; all else is a bug.
    if (code === undefined) throw error;
    return err(fault('dump.unreadable', code));
  } finally {
    if (file !== undefined && file !== STANDARD_INPUT) closeSync(file);
  }
}

const START_BYTES = 4;

function readOpen(file: number): Result<CallsOfFile> {
  const start = new Uint8Array(START_BYTES);
  let length = 0;
  while (length < START_BYTES) {
    const count = readSync(file, start, length, START_BYTES - length, null);
    if (count === 0) break;
    length += count;
  }
  const begun = start.subarray(0, length);
  if (isCapture(begun)) {
    let given = 0;
    const source = chunkedSource((buffer) => {
      if (given < begun.length) {
        const piece = begun.subarray(given, given + buffer.length);
        buffer.set(piece);
        given += piece.length;
        return piece.length;
      }
      return readSync(file, buffer, 0, buffer.length, null);
    });
    return readCapture(begun, source);
  }
  const rest = readFileSync(file);
  if (rest.length > MAX_BYTES) return err(fault('dump.unknown_format', `larger than ${MAX_BYTES} bytes`));
  return readBytes(Buffer.concat([begun, rest]));
}

function readBytes(bytes: Buffer): Result<CallsOfFile> {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const content = isPacked ? unpack(bytes) : ok(bytes);
  if (!content.ok) return content;
  const whole = content.value;
  if (isCapture(whole)) return readCapture(whole.subarray(0, START_BYTES), bytesSource(whole));
  const dump = readDump(whole.toString('utf8'));
  return dump.ok ? ok({ ...dump.value, notes: [] }) : dump;
}

function unpack(bytes: Buffer): Result<Buffer> {
  try {
    return ok(gunzipSync(bytes, { maxOutputLength: MAX_BYTES }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return err(
      code === 'Z_BUF_ERROR' ? fault('dump.truncated', 'gzip') : fault('dump.unknown_format', `gzip: ${code}`),
    );
  }
}
