import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import type { Millis } from '@earshot/base';
import type { CallRecord, StoreGap } from '@earshot/telemetry';
import { interrupted } from '../interrupted.js';
import { type JournalItem, type JournalLine, printLine } from './line.js';
import {
  type JournalPlace,
  listSegments,
  readLines,
  removeSegment,
  segmentPath,
  segmentSize,
  syncFolder,
} from './segments.js';

/** What an earlier process left behind. */
export interface Recovery {
  /** Calls that were running when it died; they are kept as `server.interrupted`. */
  readonly interrupted: number;
  /** Bytes of a last line that was not written to its end. It was never acknowledged. */
  readonly tornBytes: number;
  /** Lines in the middle that do not agree with their checksum. */
  readonly damagedLines: number;
  readonly place: JournalPlace;
  readonly lastNumber: number;
}

/** A new segment begins beyond this, in bytes; and beyond so many times what it would have to begin with. */
const SEGMENT = 4 * 1024 * 1024;
const SEGMENT_FACTOR = 4;

interface Segment {
  readonly number: number;
  readonly handle: number;
  /** Behind the last durable line. */
  offset: number;
}

/**
 * The journal: an append-only file in segments, in which a record is before anything else happens to it. What is begun
 * and not over (calls, gaps) is repeated at the head of each segment, so that older ones can go as soon as their records
 * are in the database. Everything here blocks: it has a thread of its own. Errors of the file system are thrown.
 */
export class JournalFiles {
  readonly #folder: string;
  readonly #now: () => Millis;
  readonly #segmentBytes: number;
  /** By `kind key`: the JSON of calls that are running and gaps that are open. */
  readonly #pending = new Map<string, JournalItem>();
  #pendingBytes = 0;
  #segment: Segment | undefined;
  #lastSegment = 0;
  #lastNumber = 0;

  constructor(folder: string, now: () => Millis, segmentBytes = SEGMENT) {
    this.#folder = folder;
    this.#now = now;
    this.#segmentBytes = segmentBytes;
  }

  prepare(): void {
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Reads what is there. `resume`: the calls in it are those of this very process, whose journal thread broke down. */
  open(resume: boolean): Recovery {
    let tornBytes = 0;
    let damagedLines = 0;
    let lastAt = 0;
    const segments = listSegments(this.#folder);
    for (const segment of segments) {
      const end = segmentSize(this.#folder, segment);
      let offset = 0;
      while (offset < end) {
        const read = readLines(this.#folder, segment, offset, end);
        damagedLines += read.damaged;
        for (const line of read.lines) {
          this.#lastNumber = Math.max(this.#lastNumber, line.number);
          lastAt = Math.max(lastAt, line.at);
          this.#follow(itemOf(line));
        }
        if (read.offset === offset) break;
        offset = read.offset;
      }
      tornBytes += end - offset;
    }
    this.#lastSegment = segments.at(-1) ?? 0;
    const left = resume ? [] : [...this.#pending.values()];
    const endings = left.map((item) => ending(item, lastAt, this.#now()));
    const place = this.append(endings);
    return {
      interrupted: left.filter(({ kind }) => kind === 'begin').length,
      tornBytes,
      damagedLines,
      place,
      lastNumber: this.#lastNumber,
    };
  }

  /** Writes all of it and waits until the disk has it. What was not written to its end when this throws is taken back. */
  append(items: readonly JournalItem[]): JournalPlace {
    const segment = this.#current();
    try {
      this.#write(segment, items);
    } catch (error) {
      this.#takeBack(segment);
      throw error;
    }
    for (const item of items) this.#follow(item);
    return { segment: segment.number, offset: segment.offset };
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** `isDone`: all of it is in the database, so that nothing of it need be left. */
  close(isDone: boolean): void {
    if (this.#segment !== undefined) closeSync(this.#segment.handle);
    this.#segment = undefined;
    if (!isDone || this.#pending.size > 0) return;
    for (const segment of listSegments(this.#folder)) removeSegment(this.#folder, segment);
  }

  #current(): Segment {
    const limit = Math.max(this.#segmentBytes, SEGMENT_FACTOR * this.#pendingBytes);
    if (this.#segment !== undefined && this.#segment.offset < limit) return this.#segment;
    const number = this.#lastSegment + 1;
    const handle = openSync(segmentPath(this.#folder, number), 'wx');
    this.#lastSegment = number;
    const segment: Segment = { number, handle, offset: 0 };
    try {
      syncFolder(this.#folder);
      if (this.#pending.size > 0) this.#write(segment, [...this.#pending.values()]);
    } catch (error) {
      closeSync(handle);
      removeSegment(this.#folder, number);
      this.#lastSegment -= 1;
      throw error;
    }
    if (this.#segment !== undefined) closeSync(this.#segment.handle);
    this.#segment = segment;
    return segment;
  }

  #write(segment: Segment, items: readonly JournalItem[]): void {
    if (items.length === 0) return;
    const at = this.#now();
    let number = this.#lastNumber;
    const text = items.map(({ kind, json }) => printLine({ number: ++number, at, kind, json })).join('');
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(segment.handle, bytes, written, bytes.length - written, segment.offset + written);
    }
    fdatasyncSync(segment.handle);
    segment.offset += bytes.length;
    this.#lastNumber = number;
  }

  /** What the disk has of a failed write is unknown: the next one goes elsewhere, unless this one can be cut off. */
  #takeBack(segment: Segment): void {
    try {
      ftruncateSync(segment.handle, segment.offset);
      fdatasyncSync(segment.handle);
    } catch {
      closeSync(segment.handle);
      this.#segment = undefined;
    }
  }

  /** Notes what is begun, and what is over. */
  #follow(item: JournalItem): void {
    const { kind, key, json } = item;
    if (kind === 'begin') this.#set(`begin ${key}`, item);
    else if (kind === 'keep') this.#set(`begin ${key}`, undefined);
    else if (kind === 'gap') {
      const isOver = (JSON.parse(json) as JournalGap).until !== undefined;
      this.#set(`gap ${key}`, isOver ? undefined : item);
    }
  }

  #set(name: string, item: JournalItem | undefined): void {
    this.#pendingBytes -= this.#pending.get(name)?.json.length ?? 0;
    this.#pending.delete(name);
    if (item === undefined) return;
    this.#pending.set(name, item);
    this.#pendingBytes += item.json.length;
  }
}

/** A gap in the journal has a name, under which it is told of again as it grows. */
export interface JournalGap extends StoreGap {
  readonly id: string;
}

function itemOf({ kind, json }: JournalLine): JournalItem {
  const value = JSON.parse(json) as { readonly key?: string; readonly id?: string };
  return { kind, key: (kind === 'gap' ? value.id : value.key) ?? '', json };
}

/** How what an earlier process had begun comes to its end. */
function ending({ kind, key, json }: JournalItem, lastAt: Millis, now: Millis): JournalItem {
  if (kind !== 'gap') {
    return { kind: 'keep', key, json: JSON.stringify(interrupted(JSON.parse(json) as CallRecord, lastAt)) };
  }
  const gap = JSON.parse(json) as JournalGap;
  return { kind, key, json: JSON.stringify({ ...gap, until: Math.max(gap.from, now) }) };
}
