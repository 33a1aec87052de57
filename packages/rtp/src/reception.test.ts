import { expect, it } from 'vitest';
import { payloadClocks, ReceptionStatistics } from './reception.js';
import { EVENTS_8K, leg, PCMA } from './testing/legs.js';
import { rtpPacket } from './testing/packets.js';
import { seededRandom } from './testing/random.js';

const clocks = payloadClocks(leg([PCMA]));

function receive(statistics: ReceptionStatistics, sequence: number, at: number, more: { ssrc?: number } = {}) {
  const packet = rtpPacket({ payloadType: 8, sequence: sequence & 0xffff, timestamp: (sequence * 160) >>> 0, ...more });
  return statistics.receive(packet, packet.length, at);
}

it('counts what arrived, what is lost, and the fraction since the last report', () => {
  const statistics = new ReceptionStatistics(clocks);
  for (let n = 0; n <= 100; n += 1) if (n % 10 !== 5) receive(statistics, 65_500 + n, n * 20);
  // The first packet is probation and not counted (A.1); 10 of the rest are missing.
  expect(statistics.expected).toBe(100);
  expect(statistics.lost).toBe(10);
  expect(statistics.cumulativeLost).toBe(10);
  expect(statistics.takeFractionLost()).toBe(Math.floor((10 * 256) / 100));
  expect(statistics.takeFractionLost()).toBe(0);
  expect(statistics.highestSequence).toBe(65_600);
  expect(statistics.bytes).toBe(91 * 160);
  expect(statistics.packets).toBe(91);
});

it('measures interarrival jitter as A.8 does', () => {
  const statistics = new ReceptionStatistics(clocks);
  const random = seededRandom(7);
  let expected = 0;
  let previous: number | undefined;
  for (let n = 0; n < 500; n += 1) {
    const at = 1_700_000_000_000 + n * 20 + Math.floor(random() * 30);
    receive(statistics, n, at);
    const transit = at * 8 - n * 160;
    if (previous !== undefined) expected += (Math.abs(transit - previous) - expected) / 16;
    previous = transit;
  }
  expect(statistics.jitter).toBe(Math.floor(expected));
  expect(statistics.jitterMs).toBeCloseTo(expected / 8, 6);
});

it('leaves telephone-events out of the jitter', () => {
  const statistics = new ReceptionStatistics(clocks);
  for (let n = 0; n < 50; n += 1) receive(statistics, n, n * 20);
  for (let n = 50; n < 80; n += 1) {
    const event = rtpPacket({
      payloadType: EVENTS_8K.payloadType,
      sequence: n,
      timestamp: 8000,
      payload: [1, 10, 0, 1],
    });
    statistics.receive(event, event.length, n * 20);
  }
  for (let n = 80; n < 100; n += 1) receive(statistics, n, n * 20);
  expect(statistics.jitter).toBe(0);
  expect(statistics.lost).toBe(0);
});

it('counts duplicates and late packets', () => {
  const statistics = new ReceptionStatistics(clocks);
  for (const n of [1, 2, 3, 5, 4, 4, 6]) receive(statistics, n, n * 20);
  expect(statistics.duplicates).toBe(1);
  expect(statistics.reordered).toBe(1);
  expect(statistics.lost).toBe(0);
});

it('goes on with a new SSRC and keeps the losses of the old one', () => {
  const statistics = new ReceptionStatistics(clocks);
  for (const n of [1, 2, 3, 6]) receive(statistics, n, n * 20);
  for (const n of [9000, 9001, 9002]) receive(statistics, n, 200, { ssrc: 77 });
  expect(statistics.restarts).toBe(1);
  expect(statistics.ssrc).toBe(77);
  expect(statistics.lost).toBe(2);
  expect(statistics.cumulativeLost).toBe(0);
  expect(statistics.highestSequence).toBe(9002);
});

it('counts nothing for bytes that are not RTP', () => {
  const statistics = new ReceptionStatistics(clocks);
  expect(statistics.receive(new Uint8Array(40), 40, 0)).toBeUndefined();
  expect(statistics.packets).toBe(0);
});

it('tells how much longer the quickest packet of an interval took than the first one did', () => {
  const statistics = new ReceptionStatistics(clocks);
  receive(statistics, 0, 5_000);
  // 30 and 12 ms late.
  receive(statistics, 1, 5_050);
  receive(statistics, 2, 5_052);
  expect(statistics.delayMs).toBe(0);
  statistics.beginInterval();
  expect(statistics.delayMs).toBeUndefined();
  receive(statistics, 3, 5_090);
  receive(statistics, 4, 5_112);
  expect(statistics.delayMs).toBe(30);
  statistics.beginInterval();
  // Another timeline is no queue of hours.
  statistics.update(5, 0x4000_0000, 5_120, 160, 8000);
  receive(statistics, 6, 5_140);
  expect(Math.abs(statistics.delayMs ?? 0)).toBeLessThan(20_000);
});
