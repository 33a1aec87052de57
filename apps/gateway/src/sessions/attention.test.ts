import { expect, it } from 'vitest';
import { AttentionCheck } from './attention.js';

/** Looks every 250 ms, from a quarter after `from` on, and says what was answered and when. */
function look(check: AttentionCheck, from: number, to: number, answersPings: boolean): string[] {
  const seen: string[] = [];
  for (let now = from + 250; now <= to; now += 250) {
    const said = check.check(now);
    if (said !== undefined) seen.push(`${now} ${said}`);
    const answer = said === 'ping' && answersPings ? check.answered() : undefined;
    if (answer !== undefined) seen.push(`${now} ${answer}`);
  }
  return seen;
}

it('asks a page that says nothing, and calls its socket silent when there is no answer', () => {
  const check = new AttentionCheck(0);
  check.heard(1_000, true);
  expect(look(check, 1_000, 15_000, false)).toEqual(['4000 ping', '5500 silent']);
  expect(check.quietFor(6_000)).toBe(5_000);
  expect(check.heard(16_000, true)).toBe('heard');
  expect(check.heard(17_000, true)).toBeUndefined();
});

it('tells a page that stands still from a dead socket, and notices when that dies too', () => {
  const check = new AttentionCheck(0);
  check.heard(1_000, true);
  expect(look(check, 1_000, 9_000, true)).toEqual(['4000 ping', '6000 quiet', '7000 ping']);
  expect(look(check, 9_000, 13_000, false)).toEqual(['10000 ping', '11500 silent']);
  expect(check.answered()).toBe('quiet');
});

it('does not ask a page that tells no figures, or none of this call yet', () => {
  const check = new AttentionCheck(0);
  check.heard(1_000, false);
  expect(look(check, 1_000, 9_000, false)).toEqual([]);
  check.heard(10_000, true);
  check.heard(20_000, false);
  expect(look(check, 20_000, 30_000, false)).toEqual([]);
});

it('takes no notice of an answer that nobody waits for', () => {
  const check = new AttentionCheck(0);
  check.heard(0, true);
  expect(check.answered()).toBeUndefined();
  check.check(3_200);
  check.heard(3_300, true);
  expect(check.answered()).toBeUndefined();
});
