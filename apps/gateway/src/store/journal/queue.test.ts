import { err, type Fault, fault, ok, type Result } from '@earshot/base';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { JournalItem } from './line.js';
import { JournalQueue, KEEP_MS } from './queue.js';
import type { Appended } from './service.js';

const FULL = fault('store.unwritable', 'ENOSPC', 'dataDir');

let answers: ((result: Result<Appended>) => void)[] = [];
let written: (readonly JournalItem[])[] = [];
let faults: (Fault | undefined)[] = [];
let lost: JournalItem[] = [];
let durable: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  [answers, written, faults, lost, durable] = [[], [], [], [], []];
});
afterEach(() => vi.useRealTimers());

const queueOf = (limit = 1000): JournalQueue =>
  new JournalQueue({
    append: (items) => {
      written.push(items);
      return new Promise((resolve) => answers.push(resolve));
    },
    limit,
    onDurable: (items) => durable.push(...items.map(({ key }) => key)),
    onFault: (why) => faults.push(why),
    onLost: (item) => lost.push(item),
  });

const keep = (key: string): JournalItem => ({ kind: 'keep', key, json: '{}' });
const done: Result<Appended> = ok({ place: { segment: 1, offset: 1 }, number: 1 });
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

async function answer(result: Result<Appended>): Promise<void> {
  answers.shift()?.(result);
  await settle();
}

it('waits for the disk once for all that came meanwhile', async () => {
  const queue = queueOf();
  const first = queue.push(keep('1'));
  await settle();
  const others = ['2', '3', '4'].map((key) => queue.push(keep(key)));
  await answer(done);
  expect(await first).toEqual(ok(undefined));
  expect(written.map((items) => items.map(({ key }) => key))).toEqual([['1'], ['2', '3', '4']]);
  await answer(done);
  expect(await Promise.all(others)).toEqual([ok(undefined), ok(undefined), ok(undefined)]);
  expect(durable).toEqual(['1', '2', '3', '4']);
});

it('says at once that it cannot, keeps what it has, and writes it as soon as it can', async () => {
  const queue = queueOf();
  const first = queue.push(keep('1'));
  await settle();
  await answer(err(FULL));
  expect(await first).toEqual(err(FULL));
  expect(await queue.push(keep('2'))).toEqual(err(FULL));
  expect(queue.records).toBe(2);
  await vi.advanceTimersByTimeAsync(500);
  await answer(err(FULL));
  await vi.advanceTimersByTimeAsync(500);
  await answer(done);
  expect(durable).toEqual(['1', '2']);
  expect(faults).toEqual([FULL, undefined]);
  expect(queue.records).toBe(0);
});

it('holds up nobody where the disk says nothing', async () => {
  const queue = queueOf();
  const waiting = queue.push(keep('1'));
  await vi.advanceTimersByTimeAsync(KEEP_MS - 1);
  expect(faults).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await waiting).toMatchObject({ ok: false, error: { code: 'store.unwritable' } });
  await answer(done);
  expect(faults.at(-1)).toBeUndefined();
  expect(durable).toEqual(['1']);
});

it('has a bound, and counts what is beyond it', async () => {
  const queue = queueOf(10);
  const kept = Array.from({ length: 5 }, (_, index) => queue.push(keep(String(index))));
  expect(await queue.push(keep('6'))).toMatchObject({ ok: false });
  expect(lost.map(({ key }) => key)).toEqual(['6']);
  await settle();
  await answer(done);
  expect(await Promise.all(kept)).toHaveLength(5);
  void queue.push(keep('7'));
  expect(lost).toHaveLength(1);
});

it('lets go of what came into the database by another way', async () => {
  const queue = queueOf();
  void queue.push(keep('1'));
  await settle();
  expect(queue.stuck).toEqual([]);
  await answer(err(FULL));
  void queue.push(keep('2'));
  const { stuck } = queue;
  expect(stuck.map(({ key }) => key)).toEqual(['1', '2']);
  queue.forget(stuck);
  await vi.advanceTimersByTimeAsync(500);
  expect(queue.records).toBe(0);
  expect(faults.at(-1)).toEqual(FULL);
  // Only the next thing that has to go into it shows whether it can be written again.
  void queue.push(keep('3'));
  await vi.advanceTimersByTimeAsync(500);
  await answer(done);
  expect(faults.at(-1)).toBeUndefined();
});
