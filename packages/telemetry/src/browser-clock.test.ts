import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrowserClock } from './browser-clock.js';

describe('a browser clock', () => {
  it('knows nothing before anything arrived', () => {
    const clock = new BrowserClock();
    expect([clock.askedAt, clock.withinMs]).toEqual([undefined, undefined]);
    clock.followed(1_000, 0);
    expect([clock.askedAt, clock.withinMs]).toEqual([undefined, undefined]);
  });

  it('takes the message that was least delayed', () => {
    const clock = new BrowserClock();
    clock.arrived(1_500, 100); // kept back by a lost connection
    clock.arrived(1_230, 200);
    clock.arrived(1_400, 300);
    expect([clock.askedAt, clock.withinMs]).toEqual([1_030, undefined]);
  });

  it('goes halfway between what arrived and what followed, and says how far off it can be', () => {
    const clock = new BrowserClock();
    clock.arrived(1_050, 0);
    clock.followed(1_100, 130);
    expect([clock.askedAt, clock.withinMs]).toEqual([1_010, 40]);
  });

  it('takes bounds that cross for no delay at all', () => {
    const clock = new BrowserClock();
    clock.arrived(1_000, 0);
    clock.followed(1_010, 0);
    expect([clock.askedAt, clock.withinMs]).toEqual([1_000, 0]);
  });

  it('is never further off than it says, whatever the delays', () => {
    const delay = fc.integer({ min: 0, max: 5_000 });
    const step = fc.record({ at: fc.integer({ min: 0, max: 60_000 }), delay, up: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 1e12 }),
        (steps, asked) => {
          const clock = new BrowserClock();
          for (const { at, delay, up } of steps) {
            if (up) clock.arrived(asked + at + delay, at);
            else clock.followed(asked + at - delay, at);
          }
          const { askedAt, withinMs } = clock;
          if (askedAt === undefined || withinMs === undefined) return;
          expect(Math.abs(askedAt - asked)).toBeLessThanOrEqual(withinMs + 0.5);
        },
      ),
      { seed: 7 },
    );
  });
});
