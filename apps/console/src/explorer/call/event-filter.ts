import { describeEntry, type TimelineEntry } from '@earshot/telemetry';
import { type LayerName, layerOf } from '../charts/layers.js';

export const ROWS_AT_ONCE = 100;

export interface EventFilter {
  readonly words: string;
  readonly layer: LayerName | '';
  readonly source: TimelineEntry['source'] | '';
}

/** Indexes of the entries that have all the words, in whatever they say or hold. */
export function filterEntries(entries: readonly TimelineEntry[], filter: EventFilter): readonly number[] {
  const words = filter.words.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.flatMap((entry, index) => {
    if (filter.source !== '' && entry.source !== filter.source) return [];
    if (filter.layer !== '' && layerOf(entry) !== filter.layer) return [];
    if (words.length > 0) {
      const text = `${describeEntry(entry)} ${JSON.stringify(entry)}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) return [];
    }
    return [index];
  });
}

/** How many rows must be shown for this entry to be among them. */
export const pageOf = (entry: number): number => Math.ceil((entry + 1) / ROWS_AT_ONCE) * ROWS_AT_ONCE;
