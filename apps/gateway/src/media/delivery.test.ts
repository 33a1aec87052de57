import { expect, it } from 'vitest';
import { Delivery } from './delivery.js';

/** We have been sending since 0, and still do; the newest sequence number at `now`. */
const sequenceAt = (now: number): number => Math.floor(now / 20);

function report(delivery: Delivery, now: number, highestSequence?: number): string | undefined {
  const view = highestSequence === undefined ? undefined : { highestSequence, fractionLost: 0 };
  delivery.report(now, view, sequenceAt(now), now);
  return delivery.evidence;
}

function sending(): Delivery {
  const delivery = new Delivery();
  delivery.sending(0, 0);
  delivery.receiving(0);
  return delivery;
}

it('takes a single report without us for one that was made up before our first packet came', () => {
  const delivery = sending();
  expect(report(delivery, 1500)).toBeUndefined();
  expect(report(delivery, 2100, sequenceAt(2000))).toBe('reported');
  expect(report(delivery, 9000)).toBe('reported');
  expect(report(delivery, 9500, sequenceAt(9400))).toBe('reported');
});

it('takes two in a row for a denial', () => {
  const delivery = sending();
  expect([report(delivery, 500), report(delivery, 1500), report(delivery, 2500)]).toEqual([
    undefined,
    undefined,
    'denied',
  ]);
  expect(report(delivery, 3500, sequenceAt(3400))).toBe('reported');
});

it('never presumes what the remote could report', () => {
  const delivery = sending();
  report(delivery, 250);
  delivery.tick(5000, 5000);
  expect(delivery.evidence).toBeUndefined();
});
