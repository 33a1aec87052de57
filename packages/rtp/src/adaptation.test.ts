import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Adaptation, type PathReport } from './adaptation.js';

const RUNGS = 4;

/** Reports of `seconds`, one a second, 50 packets each; goes on where the one before it ended. */
function walk(
  policy: Adaptation,
  from: number,
  seconds: number,
  path: (second: number) => Omit<PathReport, 'at' | 'received'>,
) {
  const seen: { rung: number; red: number; lossPercent: number }[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const report = path(second);
    policy.report({ at: (from + second) * 1_000, received: 50 - report.lost, ...report });
    seen.push({ rung: policy.rung, red: policy.red, lossPercent: policy.lossPercent });
  }
  return seen;
}
/** A round trip that is measured anew each second. */
const trip = (ms: number, second: number): number => ms + (second % 2) / 10;

describe('losses without a queue', () => {
  it('are expected, then covered, and nothing is taken from the bitrate', () => {
    const policy = new Adaptation(RUNGS);
    const seen = walk(policy, 0, 12, (s) => ({ lost: 5, trips: [trip(30, s)] }));
    expect(seen.every(({ rung }) => rung === 0)).toBe(true);
    expect(seen[2]).toMatchObject({ red: 1 });
    expect(seen.at(-1)).toMatchObject({ red: 1, lossPercent: 10 });
  });

  it('are covered twice over where they are many, and expected as many', () => {
    const policy = new Adaptation(RUNGS);
    expect(walk(policy, 0, 20, () => ({ lost: 10 })).at(-1)).toEqual({ rung: 0, red: 2, lossPercent: 20 });
  });

  it('are no reason for anything while they are few', () => {
    const policy = new Adaptation(RUNGS);
    expect(walk(policy, 0, 60, (s) => ({ lost: s % 2 })).every(({ red, rung }) => red + rung === 0)).toBe(true);
  });

  it('are over: redundancy ends within 15 s', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 20, () => ({ lost: 5 }));
    expect(policy.red).toBe(1);
    walk(policy, 20, 15, () => ({ lost: 0 }));
    expect(policy.red).toBe(0);
  });

  it('show at once in a report of many packets', () => {
    const policy = new Adaptation(RUNGS);
    policy.report({ at: 0, received: 250, lost: 0 });
    policy.report({ at: 5_000, received: 225, lost: 25 });
    expect(policy.red).toBe(1);
  });
});

describe('a queue', () => {
  it('has less sent with every measurement that finds it, and nothing twice', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 0, trips: [trip(30, s), trip(31, s)] }));
    const seen = walk(policy, 5, 4, (s) => ({ lost: 8, trips: [400 + 100 * s, 410 + 100 * s] }));
    expect(seen.map(({ rung }) => rung)).toEqual([2, 3, 3, 3]);
    expect(seen.every(({ red }) => red === 0)).toBe(true);
  });

  it('that one way of measuring finds is believed at the second time, however long', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 0, trips: [trip(30, s)] }));
    const seen = walk(policy, 5, 3, (s) => ({ lost: 8, trips: [400 + 100 * s] }));
    expect(seen).toMatchObject([
      { rung: 0, red: 0 },
      { rung: 2, red: 0 },
      { rung: 3, red: 0 },
    ]);
  });

  it('is none where one packet in a while takes long: losses are covered all the same', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 5, trips: [trip(30, s)] }));
    const seen = walk(policy, 5, 40, (s) => ({ lost: 5, trips: [s % 5 === 0 ? 700 + s : trip(30, s)] }));
    expect(seen.every(({ rung, red }) => rung === 0 && red > 0)).toBe(true);
  });

  it('is not measured anew by a figure that stands, and nothing more is sent meanwhile', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 0, trips: [trip(30, s)] }));
    walk(policy, 5, 2, (s) => ({ lost: 0, trips: [499 + s] }));
    const seen = walk(policy, 7, 10, () => ({ lost: 0, trips: [500] }));
    expect(seen.every(({ rung }) => rung === 2)).toBe(true);
  });

  it('that is short is believed when it is measured twice', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 0, trips: [trip(30, s)] }));
    expect(walk(policy, 5, 2, (s) => ({ lost: 0, trips: [150 + s] })).map(({ rung }) => rung)).toEqual([0, 1]);
  });

  it('is not taken from one of two ways of measuring where the other finds none', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 0, trips: [trip(30, s), trip(31, s)] }));
    expect(walk(policy, 5, 9, (s) => ({ lost: 0, trips: [trip(30, s + 5), 400 + s] })).at(-1)?.rung).toBe(0);
  });

  it('that only one way of measuring finds yet is no time to send anything twice', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 0, trips: [trip(30, s), trip(31, s)] }));
    // The other one is measured before the queue, and comes after.
    const seen = walk(policy, 5, 2, (s) => ({ lost: 6, trips: [800 + s, trip(31, s)] }));
    expect(seen.every(({ red, rung }) => red + rung === 0)).toBe(true);
    expect(walk(policy, 7, 1, () => ({ lost: 6, trips: [802, 790] }))).toMatchObject([{ rung: 2, red: 0 }]);
  });

  it('that has drained has nothing sent twice for what it dropped', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 0, trips: [trip(30, s)] }));
    walk(policy, 5, 3, (s) => ({ lost: 15, trips: [800 + s] }));
    expect(policy.rung).toBe(3);
    const seen = walk(policy, 8, 8, (s) => ({ lost: 0, trips: [trip(30, s)] }));
    expect(policy.loss).toBeGreaterThan(0);
    expect(seen.every(({ red }) => red === 0)).toBe(true);
  });

  it('is found by growth alone, whatever each way of measuring begins with', () => {
    const policy = new Adaptation(RUNGS);
    // One way there, by clocks that differ; and there and back.
    walk(policy, 0, 9, (s) => ({ lost: 0, trips: [trip(-4_000, s), trip(300, s)] }));
    expect(policy.rung).toBe(0);
    walk(policy, 9, 1, () => ({ lost: 0, trips: [-3_700, 800] }));
    expect(policy.rung).toBe(2);
  });

  it('is over: all is as before within 15 s', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 0, trips: [trip(30, s)] }));
    walk(policy, 5, 5, (s) => ({ lost: 0, trips: [900 + s] }));
    expect(policy.rung).toBe(3);
    walk(policy, 10, 15, (s) => ({ lost: 0, trips: [trip(30, s)] }));
    expect(policy.rung).toBe(0);
  });

  it('is none where the path has become longer for good', () => {
    const policy = new Adaptation(RUNGS);
    walk(policy, 0, 5, (s) => ({ lost: 0, trips: [trip(30, s)] }));
    walk(policy, 5, 90, (s) => ({ lost: 0, trips: [trip(200, s)] }));
    expect(policy.rung).toBe(0);
  });
});

/** A link of so many kbit/s in a closed loop with the sender: what it sends at each rung, and a queue of at most so long. */
function throttled(policy: Adaptation, kbits: number, queueMs: number, seconds: number, rates: readonly number[]) {
  let waiting = 0;
  const seen: { queue: number; rung: number; red: number; lost: number }[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const rate = rates[policy.rung] as number;
    // Half of a packet is headers.
    waiting += (rate * (1 + policy.red / 2) - kbits) / kbits;
    const overflow = Math.max(0, waiting - queueMs / 1_000);
    waiting = Math.max(0, waiting - overflow);
    const lost = Math.min(50, Math.round((50 * overflow * kbits) / (rate * (1 + policy.red / 2))));
    policy.report({ at: second * 1_000, received: 50 - lost, lost, trips: [trip(30 + waiting * 1_000, second)] });
    seen.push({ queue: waiting * 1_000, rung: policy.rung, red: policy.red, lost });
  }
  return seen;
}

describe('a link that is full', () => {
  const RATES = [52, 34, 23, 17];

  it('is given what it takes, and looked at ever more seldom for more', () => {
    const seen = throttled(new Adaptation(RUNGS), 40, 2_000, 300, RATES);
    expect(seen.slice(20).every(({ queue }) => queue < 900)).toBe(true);
    expect(seen.slice(20).filter(({ queue }) => queue > 100).length).toBeLessThan(28);
    expect(seen.every(({ red }) => red === 0)).toBe(true);
    // It does not stay below what would go.
    expect(seen.slice(30).filter(({ rung }) => rung <= 1).length).toBeGreaterThan(200);
  });

  it('and keeps no queue is found out by what redundancy does to it', () => {
    const seen = throttled(new Adaptation(RUNGS), 48, 0, 60, RATES);
    expect(seen.some(({ red }) => red > 0)).toBe(true);
    // It is tried again once in a while; what is lost is less than a tenth of what would be.
    expect(seen.slice(5).filter(({ red }) => red > 0).length).toBeLessThan(4);
    expect(seen.slice(5).reduce((sum, { lost }) => sum + lost, 0)).toBeLessThan(55 * 4 * 0.6);
  });
});

it('stays in bounds, says what changed, and never covers what a queue lost', () => {
  const report = fc.record({
    passed: fc.constantFrom(200, 1_000, 5_000, 60_000),
    received: fc.nat(300),
    lost: fc.integer({ min: -20, max: 300 }),
    trips: fc.array(fc.option(fc.nat(5_000), { nil: undefined }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(report, { maxLength: 80 }), fc.integer({ min: 1, max: 6 }), (reports, rungs) => {
      const policy = new Adaptation(rungs);
      let at = 0;
      for (const { passed, ...each } of reports) {
        at += passed;
        const before = [policy.rung, policy.red, policy.lossPercent];
        const changed = policy.report({ at, ...each });
        const after = [policy.rung, policy.red, policy.lossPercent];
        expect(changed).toBe(before.join() !== after.join());
        expect(policy.rung).toBeGreaterThanOrEqual(0);
        expect(policy.rung).toBeLessThan(rungs);
        expect(policy.lossPercent).toBeGreaterThanOrEqual(10);
        expect(policy.lossPercent).toBeLessThanOrEqual(30);
        // Less is sent in one respect or the other, never more of both.
        if (policy.rung > (before[0] as number)) expect(policy.red).toBe(0);
        expect(policy.rung - (before[0] as number)).toBeLessThanOrEqual(2);
        expect(policy.rung - (before[0] as number)).toBeGreaterThanOrEqual(-1);
      }
    }),
  );
});
