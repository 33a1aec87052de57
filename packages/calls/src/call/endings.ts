import type { ErrorCode } from '@earshot/base';

export type CallResult = 'completed' | 'cancelled' | 'busy' | 'no-answer' | 'rejected' | 'failed';

/** How a call ended, in one word, and why: the code of the fault, or `normal` when somebody just hung up. */
export interface Ending {
  readonly result: CallResult;
  readonly reason: ErrorCode | 'normal';
}
