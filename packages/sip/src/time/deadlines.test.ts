import { expect, it } from 'vitest';
import { seededRandom } from '../testing/virtual-network.js';
import { Deadlines } from './deadlines.js';
import { TimerSet } from './timer-set.js';

it('gives owners in the order of their latest deadlines', () => {
  const random = seededRandom(3);
  const deadlines = new Deadlines<{ name: number }>();
  const owners = Array.from({ length: 200 }, (_, name) => ({ name }));
  const expected = new Map<number, number>();
  for (let round = 0; round < 5; round += 1) {
    for (const owner of owners) {
      const at = random() < 0.1 ? undefined : Math.floor(random() * 10_000);
      deadlines.set(owner, at);
      if (at === undefined) expected.delete(owner.name);
      else expected.set(owner.name, at);
    }
  }
  const taken: number[] = [];
  while (deadlines.next !== undefined) {
    const at = deadlines.next;
    expect(deadlines.takeDue(at - 1)).toBe(undefined);
    const owner = deadlines.takeDue(at);
    expect(expected.get(owner?.name ?? -1)).toBe(at);
    taken.push(at);
  }
  expect(taken).toEqual([...expected.values()].sort((a, b) => a - b));
});

it('takes the timer that has been due longest, once', () => {
  let changes = 0;
  const timers = new TimerSet<'a' | 'b'>(() => {
    changes += 1;
  });
  timers.start('a', 20);
  timers.start('b', 10);
  expect([timers.next, timers.takeDue(5)]).toEqual([10, undefined]);
  expect([timers.takeDue(30), timers.takeDue(30), timers.takeDue(30)]).toEqual(['b', 'a', undefined]);
  expect([timers.next, changes]).toEqual([undefined, 4]);
});
