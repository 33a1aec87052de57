import type { Millis } from '@earshot/base';
import type { CallInput, CallOptions, CallOutput } from './call-io.js';
import type { CallState } from './states.js';

/** A call of two interchangeable legs (a back-to-back user agent, RFC 7092). */
export class Call {
  readonly id: string;

  constructor({ callId }: CallOptions) {
    this.id = callId;
  }

  get state(): CallState {
    return 'new';
  }

  /** When `timeout` is due, in ms; undefined while nothing is. */
  get nextTimeout(): Millis | undefined {
    return undefined;
  }

  handle(_input: CallInput): CallOutput[] {
    return [];
  }
}
