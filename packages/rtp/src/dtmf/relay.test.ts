import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OutgoingStream } from '../outgoing-stream.js';
import { Collector } from '../testing/collector.js';
import { TelephoneEventRelay } from './relay.js';
import { TelephoneEventSender } from './sender.js';
import { digitOfEvent, eventDuration, eventEnds, eventOfDigit, writeTelephoneEvent } from './telephone-event.js';

const TO_8K = { payloadType: 101, clockRate: 8000 };
const TO_48K = { payloadType: 110, clockRate: 48000 };

function setup(format = TO_8K, audioClockRate = format.clockRate) {
  const collector = new Collector();
  const stream = new OutgoingStream(9, 500, 7000);
  const relay = new TelephoneEventRelay(stream, collector, collector);
  relay.setDestination(format, audioClockRate);
  const payload = new Uint8Array(4);
  const event = (
    digit: string,
    timestamp: number,
    duration: number,
    now: number,
    { ends = false, marker = false, rate = 48000 } = {},
  ): boolean => {
    writeTelephoneEvent(payload, 0, eventOfDigit(digit), ends, 10, duration);
    return relay.relay(payload, 0, timestamp, marker, rate, now);
  };
  return { collector, relay, event };
}

const durations = (collector: Collector): number[] => collector.packets.map(({ payload }) => eventDuration(payload, 0));

it('maps payload type, clock and duration, and reports the digit once', () => {
  const { collector, event } = setup();
  for (let n = 1; n <= 5; n += 1) event('5', 96_000, n * 960, n * 20, { marker: n === 1 });
  for (let n = 0; n < 3; n += 1) event('5', 96_000, 5760, 120 + n, { ends: true });
  expect(collector.digits).toEqual([{ digit: '5', durationMs: 120 }]);
  expect(durations(collector)).toEqual([160, 320, 480, 640, 800, 960, 960, 960]);
  expect(new Set(collector.timestamps)).toEqual(new Set([7000]));
  expect(collector.packets.map(({ marker }) => marker)).toEqual([true, ...new Array(7).fill(false)]);
  expect(collector.packets.map(({ payload }) => eventEnds(payload, 0))).toEqual([
    ...new Array(5).fill(false),
    true,
    true,
    true,
  ]);
  expect(collector.packets.every(({ payloadType, ssrc }) => payloadType === 101 && ssrc === 9)).toBe(true);
  expect(collector.sequences).toEqual([500, 501, 502, 503, 504, 505, 506, 507]);
});

it('gives an event a start of which only ends arrive', () => {
  const { collector, event } = setup();
  for (let n = 0; n < 3; n += 1) event('7', 96_000, 5760, 120 + n, { marker: n === 0, ends: true });
  expect(collector.packets.map(({ payload }) => eventEnds(payload, 0))).toEqual([false, true, true, true]);
  expect(collector.packets.map(({ marker }) => marker)).toEqual([true, false, false, false]);
  expect(collector.sequences).toEqual([500, 501, 502, 503]);
  expect(collector.digits).toEqual([{ digit: '7', durationMs: 120 }]);
});

it('cuts a long event into segments where 16 bits of the faster clock overflow', () => {
  const { collector, event } = setup(TO_48K);
  for (let ms = 50; ms <= 3000; ms += 50) event('1', 0, ms * 8, ms, { rate: 8000, ends: ms === 3000 });
  const segments = [...new Set(collector.timestamps)];
  expect(segments).toEqual([7000, 7000 + 0xffff, 7000 + 2 * 0xffff]);
  expect(Math.max(...durations(collector))).toBe(0xffff);
  const last = collector.packets.at(-1);
  expect(last === undefined ? 0 : eventDuration(last.payload, 0) + 2 * 0xffff).toBe(3000 * 48);
  expect(collector.packets.filter(({ marker }) => marker).length).toBe(1);
  expect(collector.digits).toEqual([{ digit: '1', durationMs: 3000 }]);
});

it('joins the segments of a long event again', () => {
  const { collector, event } = setup();
  for (let ms = 20; ms <= 2000; ms += 20) {
    const ticks = ms * 48;
    const [timestamp, duration] = ticks <= 0xffff ? [50, ticks] : [50 + 0xffff, ticks - 0xffff];
    event('D', timestamp, duration, ms, { marker: ms === 20, ends: ms === 2000 });
  }
  expect(collector.digits).toEqual([{ digit: 'D', durationMs: 2000 }]);
  expect(new Set(collector.timestamps)).toEqual(new Set([7000]));
  expect(durations(collector).at(-1)).toBe(16_000);
});

it('reports a digit whose end was lost, by the next event or by time', () => {
  const { collector, relay, event } = setup();
  event('1', 0, 960, 20, { marker: true });
  event('1', 0, 1920, 40);
  event('1', 9600, 960, 220, { marker: true });
  expect(collector.digits).toEqual([{ digit: '1', durationMs: 40 }]);
  relay.expire(300);
  expect(collector.digits.length).toBe(1);
  relay.expire(480);
  expect(collector.digits).toEqual([
    { digit: '1', durationMs: 40 },
    { digit: '1', durationMs: 20 },
  ]);
});

it('reports a digit of which only an end packet arrived', () => {
  const { collector, event } = setup();
  event('2', 0, 960, 20, { marker: true });
  event('#', 9600, 4800, 300, { ends: true });
  expect(collector.digits.map(({ digit }) => digit)).toEqual(['2', '#']);
});

it('ignores packets of an event that a later one overtook', () => {
  const { collector, event } = setup();
  event('1', 0, 960, 20, { marker: true });
  event('2', 9600, 960, 220, { marker: true });
  expect(event('1', 0, 4800, 225, { ends: true })).toBe(false);
  event('2', 9600, 4800, 300, { ends: true });
  expect(collector.digits.map(({ digit }) => digit)).toEqual(['1', '2']);
});

it('reports digits even where the destination takes none', () => {
  const { collector, relay, event } = setup();
  relay.setDestination(undefined, 8000);
  event('9', 0, 960, 20, { ends: true });
  expect(collector.digits).toEqual([{ digit: '9', durationMs: 20 }]);
  expect(collector.packets).toEqual([]);
});

it('relays every digit of the sender exactly once under loss, in both directions of clocks', () => {
  const press = fc.record({ digit: fc.constantFrom(...'0123456789*#ABCD'), ms: fc.integer({ min: 80, max: 400 }) });
  const clocks = fc.constantFrom([TO_8K, TO_48K], [TO_48K, TO_8K]);
  fc.assert(
    fc.property(fc.array(press, { minLength: 1, maxLength: 6 }), clocks, fc.nat(2), (presses, [from, to], lost) => {
      const source = new Collector();
      const sourceStream = new OutgoingStream(1, 0, 0);
      const sender = new TelephoneEventSender(sourceStream, from ?? TO_8K, (from ?? TO_8K).clockRate, source);
      const { collector, relay } = setup(to);
      for (const { digit, ms } of presses) expect(sender.press(digit, ms)).toBe(true);
      let relayed = 0;
      for (let now = 0; sender.nextAt !== undefined; now += 5) {
        sender.poll(now);
        const packets = source.packets.slice(relayed);
        relayed += packets.length;
        for (const { payload, timestamp, marker, sequence } of packets) {
          // Up to two of the three end packets, and every fifth of the rest, are lost.
          if (eventEnds(payload, 0) ? sequence % 3 < lost : sequence % 5 === 4) continue;
          relay.relay(payload, 0, timestamp, marker, (from ?? TO_8K).clockRate, now);
        }
      }
      relay.expire(1e9);
      expect(collector.digits.map(({ digit }) => digit).join('')).toBe(presses.map(({ digit }) => digit).join(''));
    }),
    { seed: 4, numRuns: 60 },
  );
});

it('never throws on any event payload', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(0xffffffff), fc.boolean()), {
        maxLength: 30,
      }),
      (events) => {
        const { collector, relay } = setup(TO_48K);
        events.forEach(([payload, timestamp, marker], n) => {
          relay.relay(payload, 0, timestamp, marker, 8000, n * 20);
        });
        for (const { durationMs } of collector.digits) expect(durationMs).toBeGreaterThanOrEqual(0);
        expect(collector.packets.length).toBeLessThan(400);
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});

it('names the sixteen digits', () => {
  expect([...'0123456789*#ABCD'].map((digit) => digitOfEvent(eventOfDigit(digit)))).toEqual([...'0123456789*#ABCD']);
  expect(eventOfDigit('d')).toBe(15);
  expect(eventOfDigit('x')).toBe(-1);
  expect(eventOfDigit('')).toBe(-1);
  expect(eventOfDigit('12')).toBe(-1);
  expect(digitOfEvent(16)).toBeUndefined();
});
