import type { Millis } from '@earshot/base';
import type { SipRequest, SipResponse } from '../message/message.js';
import { TimerSet } from '../time/timer-set.js';
import type { SipTimers } from './timers.js';
import {
  pass,
  send,
  TERMINATED,
  TIMED_OUT,
  TRANSPORT_ERROR,
  type Transaction,
  type TransactionOutput,
} from './transaction.js';

/**
 * The non-INVITE client transaction (RFC 3261 section 17.1.2).
 *
 *                request sent
 *                     v
 *  timer E: resend  Trying ------ timer F or transport error: tell the TU --+
 *                   |    |                                                  |
 *               1xx |    | 200-699: pass on                                 |
 *                   v    |                                                  |
 *           Proceeding   |        timer F or transport error: tell the TU --+
 *  timer E: resend  |    |                                                  |
 *   (every T2)      +--> v                                                  v
 *                   Completed ------------- timer K ------------------> Terminated
 */
export class NonInviteClientTransaction implements Transaction {
  readonly request: SipRequest;
  state: 'Trying' | 'Proceeding' | 'Completed' | 'Terminated' = 'Trying';
  readonly #timers = new TimerSet<'E' | 'F' | 'K'>();
  readonly #base: SipTimers;
  readonly #reliable: boolean;
  #interval: number;

  constructor(request: SipRequest, base: SipTimers, reliable: boolean) {
    this.request = request;
    this.#base = base;
    this.#reliable = reliable;
    this.#interval = base.t1;
  }

  get next(): Millis | undefined {
    return this.#timers.next;
  }

  start(now: Millis): TransactionOutput[] {
    if (!this.#reliable) this.#timers.start('E', now + this.#interval);
    this.#timers.start('F', now + 64 * this.#base.t1);
    return [send(this.request)];
  }

  receive(now: Millis, response: SipResponse): TransactionOutput[] {
    if (this.state !== 'Trying' && this.state !== 'Proceeding') return [];
    if (response.status < 200) {
      this.state = 'Proceeding';
      return [pass(response)];
    }
    this.#timers.clear();
    if (this.#reliable) return [pass(response), ...this.#terminate()];
    this.state = 'Completed';
    this.#timers.start('K', now + this.#base.t4);
    return [pass(response)];
  }

  timeout(now: Millis): TransactionOutput[] {
    switch (this.#timers.takeDue(now)) {
      case 'E':
        this.#interval = this.state === 'Proceeding' ? this.#base.t2 : Math.min(2 * this.#interval, this.#base.t2);
        this.#timers.start('E', now + this.#interval);
        return [send(this.request, true)];
      case 'F':
        return [TIMED_OUT, ...this.#terminate()];
      case 'K':
        return this.#terminate();
      case undefined:
        return [];
    }
  }

  transportError(): TransactionOutput[] {
    return this.state === 'Trying' || this.state === 'Proceeding' ? [TRANSPORT_ERROR, ...this.#terminate()] : [];
  }

  #terminate(): TransactionOutput[] {
    this.state = 'Terminated';
    this.#timers.clear();
    return [TERMINATED];
  }
}
