import type { Millis } from '@earshot/base';
import type { CallDetails, CallPage, CallQuery, LiveCall, Overview } from '@earshot/telemetry';

/** Calls as operators ask for them: those that run, and those that are stored. */
export interface OperatorCalls {
  live(): readonly LiveCall[];
  /** By id or by the key of its record; also one that runs. */
  find(id: string): Promise<CallDetails | undefined>;
  search(query: CallQuery): Promise<CallPage>;
  overview(from: Millis, until: Millis): Promise<Overview>;
}
