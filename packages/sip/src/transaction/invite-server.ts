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
 * The INVITE server transaction (RFC 3261 section 17.2.1, RFC 6026 section 7.1).
 *
 *                    INVITE: pass on
 *                          v
 *   INVITE: resend 1xx  Proceeding --- transport error: tell the TU ---+
 *   1xx from TU: send    |      |                                      |
 *      300-699 from TU   |      | 2xx from TU: send                    |
 *                        v      +----------> Accepted                  |
 *   INVITE: resend   Completed               INVITE: absorb            |
 *   timer G: resend   |     |                ACK: pass on              |
 *                 ACK |     | timer H:       2xx from TU: send         |
 *                     v     | tell the TU       |                      |
 *   ACK: absorb  Confirmed  |                   | timer L              |
 *                     |     |                   v                      |
 *             timer I +-----+------------> Terminated <----------------+
 */
export class InviteServerTransaction implements Transaction {
  readonly request: SipRequest;
  state: 'Proceeding' | 'Completed' | 'Confirmed' | 'Accepted' | 'Terminated' = 'Proceeding';
  readonly #timers = new TimerSet<'G' | 'H' | 'I' | 'L'>();
  readonly #base: SipTimers;
  readonly #reliable: boolean;
  #interval: number;
  #last: SipResponse | undefined;

  constructor(request: SipRequest, base: SipTimers, reliable: boolean) {
    this.request = request;
    this.#base = base;
    this.#reliable = reliable;
    this.#interval = base.t1;
  }

  get next(): Millis | undefined {
    return this.#timers.next;
  }

  /** A retransmitted INVITE, or an ACK. */
  receive(now: Millis, request: SipRequest): TransactionOutput[] {
    const repeated = request.method === 'INVITE';
    switch (this.state) {
      case 'Proceeding':
        return repeated && this.#last !== undefined ? [send(this.#last, true)] : [];
      case 'Completed':
        return repeated ? this.#resendFinal() : this.#confirm(now);
      case 'Accepted':
        return repeated ? [] : [pass(request)];
      case 'Confirmed':
      case 'Terminated':
        return [];
    }
  }

  respond(now: Millis, response: SipResponse): TransactionOutput[] {
    switch (this.state) {
      case 'Proceeding':
        this.#last = response;
        if (response.status >= 300) this.#complete(now);
        else if (response.status >= 200) this.#accept(now);
        return [send(response)];
      case 'Accepted':
        return response.status >= 200 && response.status < 300 ? [send(response, true)] : [];
      case 'Completed':
      case 'Confirmed':
      case 'Terminated':
        return [];
    }
  }

  #accept(now: Millis): void {
    this.state = 'Accepted';
    this.#timers.start('L', now + 64 * this.#base.t1);
  }

  #complete(now: Millis): void {
    this.state = 'Completed';
    if (!this.#reliable) this.#timers.start('G', now + this.#interval);
    this.#timers.start('H', now + 64 * this.#base.t1);
  }

  #confirm(now: Millis): TransactionOutput[] {
    this.#timers.clear();
    if (this.#reliable) return this.#terminate();
    this.state = 'Confirmed';
    this.#timers.start('I', now + this.#base.t4);
    return [];
  }

  #resendFinal(): TransactionOutput[] {
    return this.#last === undefined ? [] : [send(this.#last, true)];
  }

  timeout(now: Millis): TransactionOutput[] {
    switch (this.#timers.takeDue(now)) {
      case 'G':
        this.#interval = Math.min(2 * this.#interval, this.#base.t2);
        this.#timers.start('G', now + this.#interval);
        return this.#resendFinal();
      case 'H':
        return [TIMED_OUT, ...this.#terminate()];
      case 'I':
      case 'L':
        return this.#terminate();
      case undefined:
        return [];
    }
  }

  transportError(): TransactionOutput[] {
    return this.state === 'Proceeding' || this.state === 'Completed' ? [TRANSPORT_ERROR, ...this.#terminate()] : [];
  }

  #terminate(): TransactionOutput[] {
    this.state = 'Terminated';
    this.#timers.clear();
    return [TERMINATED];
  }
}
