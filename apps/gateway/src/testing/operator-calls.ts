import type { Millis } from '@earshot/base';
import type { CallDetails, CallQuery, LiveCall, Overview } from '@earshot/telemetry';
import type { OperatorCalls } from '../admin/index.js';

export const emptyOverview = (from: Millis, until: Millis): Overview => ({
  ...{ from, until, calls: 0, failed: 0, degraded: 0, answered: 0, withoutAudio: 0 },
  ...{ steps: [], byCause: [], byBrowser: [], byNetwork: [], byTrunk: [], gaps: [] },
});

export const NO_CALLS: OperatorCalls = {
  live: () => [],
  find: async () => undefined,
  search: async () => ({ calls: [] }),
  overview: async (from, until) => emptyOverview(from, until),
};

/** Some calls, and what was asked of them. */
export class SomeCalls implements OperatorCalls {
  readonly details: CallDetails[] = [];
  readonly running: LiveCall[] = [];
  readonly asked: (CallQuery | { readonly from: Millis; readonly until: Millis })[] = [];

  live(): readonly LiveCall[] {
    return this.running;
  }

  async find(id: string): Promise<CallDetails | undefined> {
    return this.details.find(({ record, timeline }) => timeline.callId === id || record?.key === id);
  }

  async search(query: CallQuery): Promise<{ calls: NonNullable<CallDetails['record']>[] }> {
    this.asked.push(query);
    return { calls: this.details.flatMap(({ record }) => (record === undefined ? [] : [record])) };
  }

  async overview(from: Millis, until: Millis): Promise<Overview> {
    this.asked.push({ from, until });
    return emptyOverview(from, until);
  }
}
