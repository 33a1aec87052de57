import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OutgoingStream } from './outgoing-stream.js';
import { RtpRewriter } from './rewriter.js';

const SOURCE = 0xaaaa;

function setup(first = 1000, timestamp = 5000) {
  const stream = new OutgoingStream(1, first, timestamp);
  const rewriter = new RtpRewriter(stream);
  const map = (sequence: number, timestamp: number, now: number, ssrc = SOURCE): [number, number] | undefined => {
    if (!rewriter.map(ssrc, sequence & 0xffff, timestamp >>> 0, 8000, 8000, now)) return undefined;
    stream.recordAudio(rewriter.timestamp, 8000, 160, now);
    return [rewriter.sequence, rewriter.timestamp];
  };
  return { stream, rewriter, map };
}

it('shows loss, and lets a late packet fill its own gap', () => {
  const { map } = setup();
  expect(map(10, 0, 0)).toEqual([1000, 5000]);
  expect(map(13, 480, 60)).toEqual([1003, 5480]);
  expect(map(11, 160, 61)).toEqual([1001, 5160]);
  expect(map(11, 160, 62)).toBeUndefined();
  expect(map(14, 640, 80)).toEqual([1004, 5640]);
});

it('continues without a gap, by the time that went by, when the source changes its SSRC', () => {
  const { map } = setup();
  map(10, 0, 0);
  map(11, 160, 20);
  expect(map(40_000, 0x7fffffff, 120, 0xbbbb)).toEqual([1002, 5160 + 800]);
  expect(map(12, 320, 125)).toBeUndefined();
  expect(map(40_001, 0x7fffffff + 160, 140, 0xbbbb)).toEqual([1003, 5960 + 160]);
  expect(map(39_999, 0x7fffffff - 160, 141, 0xbbbb)).toBeUndefined();
});

it('follows a restart of the numbering at its second packet', () => {
  const { map } = setup();
  map(10, 0, 0);
  map(11, 160, 20);
  expect(map(30_000, 900_000, 40)).toBeUndefined();
  expect(map(30_001, 900_160, 60)).toEqual([1002, 5160 + 320]);
  expect(map(30_002, 900_320, 80)).toEqual([1003, 5480 + 160]);
});

it('follows a jump of the timestamp alone', () => {
  const { map } = setup();
  map(10, 0, 0);
  map(11, 160, 20);
  expect(map(12, 4_000_000, 40)).toEqual([1002, 5160 + 160]);
  expect(map(13, 4_000_160, 60)).toEqual([1003, 5320 + 160]);
});

it('keeps a pause of the source a pause', () => {
  const { map } = setup();
  map(10, 0, 0);
  expect(map(11, 80_000, 10_000)).toEqual([1001, 85_000]);
});

it('scales timestamps between clocks without drift', () => {
  const stream = new OutgoingStream(1, 0, 0);
  const rewriter = new RtpRewriter(stream);
  for (let n = 0; n < 100_000; n += 1) rewriter.map(SOURCE, n & 0xffff, (n * 960) >>> 0, 48_000, 8000, n * 20);
  expect(rewriter.timestamp).toBe((99_999 * 160) >>> 0);
});

it('makes room for inserted packets and closes the gap of withdrawn ones', () => {
  const { map, stream, rewriter } = setup();
  map(10, 0, 0);
  expect(stream.nextSequence()).toBe(1001);
  expect(map(11, 160, 20)).toEqual([1002, 5160]);
  expect(rewriter.mapSequence(SOURCE, 12, 40)).toBe(true);
  rewriter.skip();
  expect(map(13, 480, 60)).toEqual([1003, 5480]);
});

it('never gives one sequence number to two packets, whatever arrives', () => {
  // Mostly one source with small steps, so that epochs grow long enough for late packets to matter.
  const rarely = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 25, arbitrary: usual }, { weight: 1, arbitrary: rare });
  const event = fc.record({
    step: rarely(fc.integer({ min: -5, max: 6 }), fc.integer({ min: -70_000, max: 70_000 })),
    ssrc: rarely(fc.constant(1), fc.constant(2)),
    what: rarely(fc.constantFrom('send', 'send', 'send', 'send', 'skip', 'insert'), fc.constant('restart')),
    wait: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), fc.integer({ min: 65_400, max: 65_535 }), (events, first) => {
      const { stream, rewriter } = setup(first);
      const sent = new Set<number>();
      let sequence = 100;
      let now = 0;
      const emit = (number: number): void => {
        expect(sent.has(number)).toBe(false);
        sent.add(number);
      };
      for (const { step, ssrc, what, wait } of events) {
        sequence = (sequence + step) & 0xffff;
        now += wait;
        if (what === 'insert') emit(stream.nextSequence());
        else if (what === 'restart') rewriter.restart();
        else if (rewriter.map(ssrc, sequence, sequence * 160, 8000, 8000, now)) {
          if (what === 'skip') rewriter.skip();
          // A late packet cannot be withdrawn: its number stays a gap.
          else emit(rewriter.sequence);
        }
      }
    }),
    { seed: 2, numRuns: 400 },
  );
});

it('hands on exactly the gaps of the source over wraps, under random loss', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 10, maxLength: 300 }), fc.nat(0xffff), (kept, first) => {
      const { map } = setup(64_000);
      let base: number | undefined;
      kept.forEach((keep, n) => {
        if (!keep) return;
        base ??= n;
        const mapped = map(first + n, n * 160, n * 20);
        expect(mapped?.[0]).toBe((64_000 + n - base) & 0xffff);
      });
    }),
    { seed: 3, numRuns: 100 },
  );
});
