import { crc32 } from 'node:zlib';
import type { Millis } from '@earshot/base';

/**
 *   begin  a call began; the record as it was then, or newer
 *   keep   a call ended
 *   amend  what came after its end is in the record now
 *   gap    a time of which something could not be stored, as known then
 */
export type LineKind = 'begin' | 'keep' | 'amend' | 'gap';

const KINDS: readonly string[] = ['begin', 'keep', 'amend', 'gap'] satisfies readonly LineKind[];

/** What goes into the journal: a record, or a gap, as JSON. `key` names what it is about. */
export interface JournalItem {
  readonly kind: LineKind;
  readonly key: string;
  readonly json: string;
}

export interface JournalLine {
  /** Counts up over all segments. */
  readonly number: number;
  readonly at: Millis;
  readonly kind: LineKind;
  readonly json: string;
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** `crc32 number at kind json`, where the checksum covers all that follows it. */
export function printLine({ number, at, kind, json }: JournalLine): string {
  const rest = `${number} ${at} ${kind} ${json}`;
  return `${checksum(rest)} ${rest}\n`;
}

const LINE = /^([0-9a-f]{8}) ((\d{1,16}) (\d{1,16}) ([a-z]+) (.*))$/;

/** A line without its line feed. Undefined: it is torn or damaged. */
export function parseLine(text: string): JournalLine | undefined {
  const [, sum, rest, number, at, kind, json] = LINE.exec(text) ?? [];
  if (rest === undefined || kind === undefined || json === undefined) return undefined;
  if (!KINDS.includes(kind) || checksum(rest) !== sum) return undefined;
  return { number: Number(number), at: Number(at), kind: kind as LineKind, json };
}
