import { expect, it } from 'vitest';
import { Delivery } from './delivery.js';

/** We have been sending since 0, and still do; the newest sequence number at `now`. */
const sequenceAt = (now: number): number => Math.floor(now / 20);

function report(
  delivery: Delivery,
  now: number,
  highestSequence?: number,
  kind: 'sender' | 'receiver' = 'sender',
): string | undefined {
  const view = highestSequence === undefined ? undefined : { highestSequence, fractionLost: 0 };
  delivery.report(now, kind, view, sequenceAt(now), now);
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

it('takes sender reports without us for no denial where the remote reports apart, as browsers do', () => {
  const delivery = sending();
  report(delivery, 500, undefined, 'receiver');
  for (const at of [2500, 5000, 7500]) expect(report(delivery, at)).toBeUndefined();
  expect(report(delivery, 7600, sequenceAt(7500), 'receiver')).toBe('reported');
  // Over a cut of 9 s that swallows its receiver reports.
  for (const at of [10_000, 19_500, 22_500]) expect(report(delivery, at)).toBe('reported');
  expect(report(delivery, 23_000, sequenceAt(22_900), 'receiver')).toBe('reported');
  expect(report(delivery, 26_000, sequenceAt(22_900), 'receiver')).toBe('reported');
  expect(report(delivery, 30_000, undefined, 'receiver')).toBe('denied');
});

it('takes them for a denial again once the remote reports in them', () => {
  const delivery = sending();
  expect(report(delivery, 1500, sequenceAt(1400), 'receiver')).toBe('reported');
  expect(report(delivery, 2500, sequenceAt(2400))).toBe('reported');
  expect([report(delivery, 5000), report(delivery, 7500)]).toEqual(['reported', 'denied']);
});
