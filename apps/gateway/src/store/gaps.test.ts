import { expect, it } from 'vitest';
import { Gaps } from './gaps.js';
import type { JournalGap } from './journal/files.js';

function gapsOf(): { readonly gaps: Gaps; readonly told: JournalGap[] } {
  const told: JournalGap[] = [];
  let ids = 0;
  return {
    gaps: new Gaps(
      (gap) => told.push(gap),
      () => String(++ids),
    ),
    told,
  };
}

it('is one gap as long as its reason lasts, with all that was lost', () => {
  const { gaps, told } = gapsOf();
  gaps.open('store.unreachable', 1000);
  gaps.open('store.unreachable', 1500);
  for (let at = 2000; at < 10_000; at += 100) gaps.lost('store.unreachable', at, { samples: 2, events: 1 });
  gaps.close('store.unreachable', 12_000);
  gaps.close('store.unreachable', 13_000);
  const gap = {
    from: 1000,
    until: 12_000,
    code: 'store.unreachable',
    lostRecords: 0,
    lostEvents: 80,
    lostSamples: 160,
  };
  expect(gaps.between(0, 20_000, [])).toEqual([gap]);
  expect(told.at(-1)).toEqual({ id: '1', ...gap });
  // It is told of as it grows, and not with every loss.
  expect(told.length).toBeLessThan(8);
  expect(told.length).toBeGreaterThan(3);
});

it('knows better than the database what is on its way there', () => {
  const { gaps } = gapsOf();
  const none = { lostRecords: 0, lostEvents: 0, lostSamples: 0 };
  gaps.open('store.shed', 5000);
  const stored: JournalGap[] = [
    { id: '1', from: 5000, code: 'store.shed', ...none },
    { id: 'earlier', from: 1000, until: 2000, code: 'store.unwritable', ...none },
  ];
  gaps.close('store.shed', 6000);
  expect(gaps.between(0, 9000, stored)).toEqual([
    { from: 1000, until: 2000, code: 'store.unwritable', ...none },
    { from: 5000, until: 6000, code: 'store.shed', ...none },
  ]);
  expect(gaps.between(2500, 4000, stored.slice(0, 1))).toEqual([]);
});
