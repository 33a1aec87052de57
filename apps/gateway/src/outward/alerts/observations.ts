import type { CallRecord } from '@earshot/telemetry';
import type { AlertRule } from '../../config/outward-schema.js';
import { iceFailed } from '../facts.js';

/** One thing to take the mean of: 1 for one that failed and 0 for one that did not, or a MOS. */
export interface Observation {
  /** Absent: all together. */
  readonly group?: string;
  readonly value: number;
}

/** What a call says to a rule: nothing, or one thing for each of its legs. */
export function observationsOf(
  rule: Exclude<AlertRule, { rule: 'trunk-down' }>,
  record: CallRecord,
): readonly Observation[] {
  switch (rule.rule) {
    case 'answered-without-audio':
      return record.answeredAt === undefined ? [] : [{ value: record.withoutAudio ? 1 : 0 }];
    case 'ice-failures':
      return record.browsers.flatMap(({ leg, browser, network }) => {
        const value = iceFailed(record, leg) ? 1 : 0;
        if (rule.by === 'all') return [{ value }];
        if (rule.by === 'network') return network === undefined ? [] : [{ group: network, value }];
        return browser === undefined ? [] : [{ group: `${browser.name} ${browser.version}`.slice(0, 64), value }];
      });
    case 'mos':
      // What is on one scale says nothing about what is on another.
      return record.quality.map(({ mos, scale }) => ({ group: scale ?? 'unknown', value: mos }));
  }
}
