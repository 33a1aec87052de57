import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallRecord } from '@earshot/telemetry';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { record } from '../testing/records.js';
import { JournalFiles } from './files.js';
import { type JournalItem, type LineKind, parseLine, printLine } from './line.js';
import { listSegments, readLines, segmentPath, segmentSize } from './segments.js';

let folder: string;
let now = 5_000;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const item = (kind: LineKind, value: CallRecord): JournalItem => ({
  kind,
  key: value.key,
  json: JSON.stringify(value),
});

/** What a process that is killed leaves behind is what it wrote: nothing is closed. */
function journal(segmentBytes?: number): JournalFiles {
  const files = new JournalFiles(folder, () => now, segmentBytes);
  files.prepare();
  return files;
}

const allLines = () =>
  listSegments(folder).flatMap((segment) => readLines(folder, segment, 0, segmentSize(folder, segment)).lines);

const records = (kind: LineKind): CallRecord[] =>
  allLines().flatMap((line) => (line.kind === kind ? [JSON.parse(line.json) as CallRecord] : []));

it('reads back what it printed, and nothing that was changed', () => {
  const line = { number: 7, at: 1_760_000_000_000, kind: 'keep', json: '{"from":"Zoë 😀"}' } as const;
  const text = printLine(line).slice(0, -1);
  expect(parseLine(text)).toEqual(line);
  for (let index = 0; index < text.length; index += 1) {
    const other = text[index] === 'x' ? 'y' : 'x';
    expect(parseLine(text.slice(0, index) + other + text.slice(index + 1)), `changed at ${index}`).toBeUndefined();
    expect(parseLine(text.slice(0, index)), `cut at ${index}`).toBeUndefined();
  }
});

it('closes the calls that an earlier process left open, once', () => {
  const files = journal();
  files.open(false);
  const [kept, open] = [record(1), record(2, { result: 'unfinished', code: 'sip.busy' })];
  now = 6_000_000_000_000;
  files.append([item('begin', kept), item('begin', open), item('keep', kept)]);
  now += 60_000;
  expect(journal().open(false)).toMatchObject({ interrupted: 1, tornBytes: 0, damagedLines: 0 });
  expect(records('keep')).toEqual([
    kept,
    expect.objectContaining({
      key: open.key,
      result: 'failed',
      by: 'gateway',
      code: 'server.interrupted',
      // The last that is known of it.
      endedAt: 6_000_000_000_000,
    }),
  ]);
  expect(journal().open(false).interrupted).toBe(0);
});

it('goes on with its own calls where only its thread broke down', () => {
  const files = journal();
  files.open(false);
  files.append([item('begin', record(1))]);
  expect(journal().open(true).interrupted).toBe(0);
  expect(records('keep')).toEqual([]);
});

it('takes what was not written to its end for what it is, wherever it was torn', () => {
  const files = journal();
  files.open(false);
  files.append([item('keep', record(1)), item('keep', record(2))]);
  const path = segmentPath(folder, 1);
  const whole = readFileSync(path);
  const end = whole.indexOf(10) + 1;
  for (let length = end; length < whole.length; length += 13) {
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    writeFileSync(path, whole.subarray(0, length));
    expect(journal().open(false)).toMatchObject({ tornBytes: length - end, damagedLines: 0, lastNumber: 1 });
    expect(records('keep')).toEqual([record(1)]);
  }
});

it('skips a line that is damaged, and names it', () => {
  const files = journal();
  files.open(false);
  files.append([item('keep', record(1)), item('keep', record(2)), item('keep', record(3))]);
  const text = readFileSync(segmentPath(folder, 1), 'utf8');
  writeFileSync(segmentPath(folder, 1), text.replace(record(2).key, record(4).key));
  appendFileSync(segmentPath(folder, 1), 'no line at all\n');
  expect(journal().open(false).damagedLines).toBe(2);
  expect(records('keep')).toEqual([record(1), record(3)]);
});

it('repeats what is not over in a new segment, so that older ones can go', () => {
  const files = journal(2000);
  files.open(false);
  const running = record(1, { result: 'unfinished' });
  files.append([item('begin', running)]);
  for (let number = 2; number < 12; number += 1) files.append([item('keep', record(number))]);
  const segments = listSegments(folder);
  expect(segments.length).toBeGreaterThan(2);
  for (const segment of segments.slice(0, -1)) rmSync(segmentPath(folder, segment));
  expect(journal(2000).open(false).interrupted).toBe(1);
  const numbers = allLines().map(({ number }) => number);
  expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
});

it('leaves nothing where all is done', () => {
  const files = journal();
  files.open(false);
  files.append([item('keep', record(1))]);
  files.close(true);
  expect(listSegments(folder)).toEqual([]);
});
