import { expect, it } from 'vitest';
import { OutgoingStream } from '../outgoing-stream.js';
import { Collector } from '../testing/collector.js';
import { TelephoneEventSender } from './sender.js';
import { eventDuration, eventEnds } from './telephone-event.js';

function setup() {
  const collector = new Collector();
  const stream = new OutgoingStream(1, 10, 1000);
  const sender = new TelephoneEventSender(stream, { payloadType: 101, clockRate: 8000 }, 8000, collector);
  return { collector, stream, sender };
}

it('sends updates every 20 ms and the end three times', () => {
  const { collector, sender } = setup();
  expect(sender.nextAt).toBeUndefined();
  sender.press('7', 100);
  const sentAt: number[] = [];
  for (let now = 0; sender.nextAt !== undefined; now += 10) {
    const before = collector.packets.length;
    sender.poll(now);
    if (collector.packets.length > before) sentAt.push(now);
  }
  expect(sentAt).toEqual([0, 20, 40, 60, 80, 100, 120]);
  expect(collector.packets.map(({ payload }) => eventDuration(payload, 0))).toEqual([
    160, 320, 480, 640, 800, 800, 800,
  ]);
  expect(collector.packets.map(({ payload }) => eventEnds(payload, 0))).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
    true,
  ]);
  expect(collector.packets.map(({ marker }) => marker)).toEqual([true, ...new Array(6).fill(false)]);
  expect(collector.sequences).toEqual([10, 11, 12, 13, 14, 15, 16]);
});

it('tells the same digit pressed twice apart by its timestamp', () => {
  const { collector, sender } = setup();
  sender.press('1');
  sender.press('1');
  for (let now = 0; sender.nextAt !== undefined; now += 20) sender.poll(now);
  expect(new Set(collector.timestamps).size).toBe(2);
  expect(collector.packets.length).toBe(14);
});

it('refuses what is no digit, and more than it can hold', () => {
  const { sender } = setup();
  expect(sender.press('x')).toBe(false);
  for (let n = 0; n < 64; n += 1) expect(sender.press('1')).toBe(true);
  expect(sender.press('1')).toBe(false);
});
