import type { LiveCall } from '@earshot/telemetry';

export interface LiveRow {
  readonly call: LiveCall;
  /** When it was no longer there. */
  readonly endedAt?: number;
}

/** How long a call that ended keeps its row, in ms. */
const STAYS_MS = 8_000;

/** The rows of running calls, in places that do not change while somebody looks. */
export class LiveRows {
  rows: readonly LiveRow[] = [];

  /** `inUse`: somebody points at a row, so none goes away now. */
  update(calls: readonly LiveCall[], now: number, inUse: boolean): void {
    const running = new Map(calls.map((call) => [call.callId, call]));
    const kept = this.rows.flatMap(({ call, endedAt }): LiveRow[] => {
      const current = running.get(call.callId);
      running.delete(call.callId);
      if (current !== undefined) return [{ call: current }];
      const since = endedAt ?? now;
      return inUse || now - since < STAYS_MS ? [{ call, endedAt: since }] : [];
    });
    const fresh = [...running.values()].sort((a, b) => a.startedAt - b.startedAt);
    this.rows = [...kept, ...fresh.map((call) => ({ call }))];
  }
}
