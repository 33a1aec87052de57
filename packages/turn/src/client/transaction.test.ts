import { expect, it } from 'vitest';
import { STUN_TIMING, StunTransaction } from './transaction.js';

function lifeOf(transaction: StunTransaction): (readonly [what: string, at: number])[] {
  const life: (readonly [string, number])[] = [];
  for (let what = ''; what !== 'failed'; ) {
    const at = transaction.nextTimeout;
    expect(transaction.handleTimeout(at - 1)).toBe('wait');
    what = transaction.handleTimeout(at);
    life.push([what, at]);
  }
  return life;
}

it('repeats over UDP at the times of the example in RFC 8489 section 6.2.1', () => {
  expect(lifeOf(new StunTransaction(0, STUN_TIMING, false))).toEqual([
    ['send', 500],
    ['send', 1500],
    ['send', 3500],
    ['send', 7500],
    ['send', 15_500],
    ['send', 31_500],
    ['failed', 39_500],
  ]);
});

it('waits as long over TCP, without repeating', () => {
  expect(lifeOf(new StunTransaction(0, STUN_TIMING, true))).toEqual([['failed', 39_500]]);
});

it('can be made shorter', () => {
  const timing = { rtoMs: 200, requests: 2, lastWait: 4, reliableMs: 1000 };
  expect(lifeOf(new StunTransaction(1000, timing, false))).toEqual([
    ['send', 1200],
    ['failed', 2000],
  ]);
});
