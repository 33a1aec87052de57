import { expect, it } from 'vitest';
import { assembleRows } from './evidence-row.js';
import { Spool } from './spool.js';
import { part, record } from './testing/records.js';

const [one, other] = [record(1), record(2)];
const times = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

it('gives what came, joined by call, and the same again until it is done', () => {
  const spool = new Spool(1_000_000, 100);
  spool.add(part(one, [1], [2]));
  spool.add(part(other, [3]));
  spool.add(part(one, [4, 5], [6]));
  const batch = spool.take(1_000_000);
  expect(batch?.rows.map(({ key, part: number }) => [key, number])).toEqual([
    [one.key, 103],
    [other.key, 102],
  ]);
  expect(assembleRows(batch?.rows.slice(0, 1) ?? [])).toMatchObject({
    entries: [{ at: 1 }, { at: 4 }, { at: 5 }],
    samples: [{ at: 2 }, { at: 6 }],
  });
  spool.add(part(one, [7]));
  expect(spool.take(1_000_000)).toBe(batch);
  expect(spool.of(one.key).map(({ part: number }) => number)).toEqual([103, 104]);
  expect(spool.waiting).toEqual({ events: 5, samples: 2 });
  spool.done();
  expect(spool.waiting).toEqual({ events: 1, samples: 0 });
  expect(spool.of(one.callId).map(({ part: number }) => number)).toEqual([104]);
});

it('throws away samples before events, the oldest first, and each call knows how many', () => {
  const spool = new Spool(60_000, 0);
  const shed = { events: 0, samples: 0 };
  for (let index = 0; index < 20; index += 1) {
    const gone = spool.add(part(index % 2 === 0 ? one : other, times(10, index * 100), times(20, index * 100)));
    if (gone.events > 0) expect(spool.waiting.samples, 'no event goes while there are samples').toBe(0);
    shed.events += gone.events;
    shed.samples += gone.samples;
    expect(spool.bytes).toBeLessThanOrEqual(60_000);
  }
  expect(shed.samples).toBeGreaterThan(0);
  expect(shed.events).toBe(0);
  expect(spool.waiting).toEqual({ events: 200, samples: 400 - shed.samples });
  const rows = spool.take(1_000_000)?.rows ?? [];
  const timelines = rows.map((row) => assembleRows([row]));
  expect(timelines.map((timeline) => timeline?.entries.length)).toEqual([100, 100]);
  expect(timelines.reduce((sum, timeline) => sum + (timeline?.omittedSamples ?? 0), 0)).toBe(shed.samples);
  // What is there is the newest.
  expect(timelines[1]?.samples.at(-1)?.at).toBe(1919);
});

it('throws away events in the end, and is bounded whatever comes', () => {
  const spool = new Spool(10_000, 0);
  let events = 0;
  for (let index = 0; index < 500; index += 1) events += spool.add(part(record(index), times(10))).events;
  expect(spool.bytes).toBeLessThanOrEqual(10_000);
  expect(events).toBeGreaterThan(4000);
  const { events: waiting } = spool.waiting;
  expect(waiting).toBeGreaterThan(0);
  expect(events + waiting).toBe(5000);
});
