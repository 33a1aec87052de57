import type { Millis } from '@earshot/base';
import { Headers } from '../message/headers.js';
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
 * The INVITE client transaction (RFC 3261 section 17.1.1, RFC 6026 section 7.2).
 *
 *                 INVITE sent
 *                      v
 *   timer A: resend  Calling ---- timer B or transport error: tell the TU ----+
 *                    |  |  |                                                  |
 *            1xx +---+  |  +------------------+ 2xx                           |
 *                v      | 300-699: ACK        v                               |
 *          Proceeding   |                  Accepted  2xx: pass it on          |
 *           |  |  2xx --|----------------->   |                               |
 *           |  +--------+                     | timer M                       |
 *  1xx: pass on         v                     v                               |
 *                   Completed -- timer D --> Terminated <---------------------+
 *                   300-699: ACK again
 */
export class InviteClientTransaction implements Transaction {
  readonly request: SipRequest;
  state: 'Calling' | 'Proceeding' | 'Completed' | 'Accepted' | 'Terminated' = 'Calling';
  readonly #timers = new TimerSet<'A' | 'B' | 'D' | 'M'>();
  readonly #base: SipTimers;
  readonly #reliable: boolean;
  #interval: number;
  #ack: SipRequest | undefined;

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
    if (!this.#reliable) this.#timers.start('A', now + this.#interval);
    this.#timers.start('B', now + 64 * this.#base.t1);
    return [send(this.request)];
  }

  receive(now: Millis, response: SipResponse): TransactionOutput[] {
    switch (this.state) {
      case 'Calling':
      case 'Proceeding':
        return this.#awaiting(now, response);
      case 'Completed':
        return response.status >= 300 && this.#ack !== undefined ? [send(this.#ack, true)] : [];
      case 'Accepted':
        return response.status >= 200 && response.status < 300 ? [pass(response)] : [];
      case 'Terminated':
        return [];
    }
  }

  #awaiting(now: Millis, response: SipResponse): TransactionOutput[] {
    this.#timers.clear();
    if (response.status < 200) {
      this.state = 'Proceeding';
      return [pass(response)];
    }
    if (response.status < 300) {
      this.state = 'Accepted';
      this.#timers.start('M', now + 64 * this.#base.t1);
      return [pass(response)];
    }
    this.#ack = ackForRejection(this.request, response);
    const outputs = [send(this.#ack), pass(response)];
    if (this.#reliable) return [...outputs, ...this.#terminate()];
    this.state = 'Completed';
    this.#timers.start('D', now + Math.max(32_000, 64 * this.#base.t1));
    return outputs;
  }

  timeout(now: Millis): TransactionOutput[] {
    switch (this.#timers.takeDue(now)) {
      case 'A':
        this.#interval *= 2;
        this.#timers.start('A', now + this.#interval);
        return [send(this.request, true)];
      case 'B':
        return [TIMED_OUT, ...this.#terminate()];
      case 'D':
      case 'M':
        return this.#terminate();
      case undefined:
        return [];
    }
  }

  transportError(): TransactionOutput[] {
    if (this.state === 'Calling') return [TRANSPORT_ERROR, ...this.#terminate()];
    return this.state === 'Completed' ? this.#terminate() : [];
  }

  #terminate(): TransactionOutput[] {
    this.state = 'Terminated';
    this.#timers.clear();
    return [TERMINATED];
  }
}

/** The ACK to a final response of 300 to 699, which belongs to the INVITE's transaction (section 17.1.1.3). */
export function ackForRejection(invite: SipRequest, response: SipResponse): SipRequest {
  const routes = invite.headers.all('route').map((value) => ({ name: 'Route', value }));
  return {
    kind: 'request',
    method: 'ACK',
    uri: invite.uri,
    via: invite.via.slice(0, 1),
    from: invite.from,
    to: response.to,
    callId: invite.callId,
    cseq: { number: invite.cseq.number, method: 'ACK' },
    headers: new Headers([...routes, { name: 'Max-Forwards', value: '70' }]),
    body: new Uint8Array(0),
  };
}
