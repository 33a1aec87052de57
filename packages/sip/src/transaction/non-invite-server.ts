import type { Millis } from '@earshot/base';
import type { SipRequest, SipResponse } from '../message/message.js';
import { TimerSet } from '../time/timer-set.js';
import type { SipTimers } from './timers.js';
import { send, TERMINATED, TRANSPORT_ERROR, type Transaction, type TransactionOutput } from './transaction.js';

/**
 * The non-INVITE server transaction (RFC 3261 section 17.2.2).
 *
 *                request: pass on
 *                      v
 *   request: absorb  Trying --- 1xx from TU: send ---> Proceeding  request: resend 1xx
 *                      |                                |      |
 *                      | 200-699 from TU: send          |      | transport error: tell the TU
 *                      v                                |      v
 *   request: resend  Completed <------------------------+   Terminated
 *                      +------ timer J or transport error ------^
 */
export class NonInviteServerTransaction implements Transaction {
  readonly request: SipRequest;
  state: 'Trying' | 'Proceeding' | 'Completed' | 'Terminated' = 'Trying';
  readonly #timers = new TimerSet<'J'>();
  readonly #base: SipTimers;
  readonly #reliable: boolean;
  #last: SipResponse | undefined;

  constructor(request: SipRequest, base: SipTimers, reliable: boolean) {
    this.request = request;
    this.#base = base;
    this.#reliable = reliable;
  }

  get next(): Millis | undefined {
    return this.#timers.next;
  }

  /** A retransmitted request. */
  receive(_now: Millis, _request: SipRequest): TransactionOutput[] {
    return this.#last === undefined || this.state === 'Terminated' ? [] : [send(this.#last, true)];
  }

  respond(now: Millis, response: SipResponse): TransactionOutput[] {
    if (this.state !== 'Trying' && this.state !== 'Proceeding') return [];
    this.#last = response;
    if (response.status < 200) {
      this.state = 'Proceeding';
      return [send(response)];
    }
    if (this.#reliable) return [send(response), ...this.#terminate()];
    this.state = 'Completed';
    this.#timers.start('J', now + 64 * this.#base.t1);
    return [send(response)];
  }

  timeout(now: Millis): TransactionOutput[] {
    return this.#timers.takeDue(now) === undefined ? [] : this.#terminate();
  }

  transportError(): TransactionOutput[] {
    if (this.state === 'Trying' || this.state === 'Terminated') return [];
    return [TRANSPORT_ERROR, ...this.#terminate()];
  }

  #terminate(): TransactionOutput[] {
    this.state = 'Terminated';
    this.#timers.clear();
    return [TERMINATED];
  }
}
