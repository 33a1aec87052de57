import type { TimelineEntry } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { filterEntries, pageOf, ROWS_AT_ONCE } from './event-filter.js';

const ENTRIES: readonly TimelineEntry[] = [
  { at: 0, source: 'browser', leg: 'caller', event: { type: 'ice.gathering', atMs: 0, state: 'complete' } },
  { at: 1, source: 'gateway', event: { type: 'call.state', state: 'ringing' } },
  {
    at: 2,
    source: 'gateway',
    event: { type: 'ice.restart', leg: 'caller' },
  },
];
const ALL = { words: '', layer: '', source: '' } as const;

describe('the filter of events', () => {
  it('lets all through, or those of a layer, of a source, and with all words', () => {
    expect(filterEntries(ENTRIES, ALL)).toEqual([0, 1, 2]);
    expect(filterEntries(ENTRIES, { ...ALL, layer: 'transport' })).toEqual([0, 2]);
    expect(filterEntries(ENTRIES, { ...ALL, source: 'gateway' })).toEqual([1, 2]);
    expect(filterEntries(ENTRIES, { ...ALL, words: ' RESTART caller ' })).toEqual([2]);
    expect(filterEntries(ENTRIES, { ...ALL, words: 'ice.', source: 'browser' })).toEqual([0]);
    expect(filterEntries(ENTRIES, { ...ALL, words: 'nothing' })).toEqual([]);
  });

  it('shows as many pages as it takes to reach an entry', () => {
    expect([0, ROWS_AT_ONCE - 1, ROWS_AT_ONCE].map(pageOf)).toEqual([ROWS_AT_ONCE, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE]);
  });
});
