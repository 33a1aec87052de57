import { closeSync, fsyncSync, openSync, readdirSync, readSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type JournalLine, parseLine } from './line.js';

/** Up to where the journal is written, or read: all before is durable, or done with. */
export interface JournalPlace {
  readonly segment: number;
  readonly offset: number;
}

export const isBefore = (one: JournalPlace, other: JournalPlace): boolean =>
  one.segment < other.segment || (one.segment === other.segment && one.offset < other.offset);

const NAME = /^(\d{10})\.log$/;

export const segmentPath = (folder: string, segment: number): string =>
  join(folder, `${String(segment).padStart(10, '0')}.log`);

/** The numbers of all segments, the oldest first. */
export const listSegments = (folder: string): readonly number[] =>
  readdirSync(folder)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => one - other);

export const segmentSize = (folder: string, segment: number): number => statSync(segmentPath(folder, segment)).size;

/** Makes the coming and going of files in a folder durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export const removeSegment = (folder: string, segment: number): void => unlinkSync(segmentPath(folder, segment));

export interface ReadLines {
  readonly lines: readonly JournalLine[];
  /** Behind the last whole line that was read. */
  readonly offset: number;
  /** Whole lines that do not agree with their checksum, and were skipped. */
  readonly damaged: number;
}

const CHUNK = 256 * 1024;
/** A record is some kilobytes; a line longer than this is damage. */
const LONGEST_LINE = 16 * 1024 * 1024;

function readUpTo(folder: string, segment: number, offset: number, length: number): Buffer {
  const handle = openSync(segmentPath(folder, segment), 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(handle, bytes, 0, length, offset));
  } finally {
    closeSync(handle);
  }
}

/** Reads whole lines from `offset`, some hundred kilobytes at most, and nothing at or behind `end`. */
export function readLines(folder: string, segment: number, offset: number, end: number): ReadLines {
  let bytes: Buffer = Buffer.alloc(0);
  let last = -1;
  for (let length = CHUNK; last < 0; length *= 8) {
    bytes = readUpTo(folder, segment, offset, Math.min(length, end - offset));
    last = bytes.lastIndexOf(10);
    if (bytes.length >= end - offset || length > LONGEST_LINE) break;
  }
  const texts = last < 0 ? [] : bytes.toString('utf8', 0, last).split('\n');
  const lines = texts.map(parseLine);
  const whole = lines.filter((line) => line !== undefined);
  return { lines: whole, offset: offset + last + 1, damaged: lines.length - whole.length };
}
