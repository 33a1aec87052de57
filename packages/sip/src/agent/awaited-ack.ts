import type { Millis } from '@earshot/base';
import type { SipRequest } from '../message/message.js';
import type { ResponseParts } from '../message/response.js';
import type { ServerTransaction } from '../transaction/layer.js';
import type { Leg } from './leg.js';

interface Answer {
  readonly transaction: ServerTransaction;
  readonly parts: ResponseParts;
  interval: Millis;
}

/**
 * A 2xx to INVITE is repeated by the user agent, and not by its transaction, from T1 on at doubled intervals up to T2,
 * until the ACK comes or 64*T1 have passed (RFC 3261 section 13.3.1.4). That holds for every transport.
 */
export class AwaitedAck {
  readonly #leg: Leg;
  #answer: Answer | undefined;
  #first: boolean;

  /** `first`: the next 2xx is the one that makes the dialog. */
  constructor(leg: Leg, first: boolean) {
    this.#leg = leg;
    this.#first = first;
  }

  get waiting(): boolean {
    return this.#answer !== undefined;
  }

  /** Section 15: the callee sends no BYE before the ACK to its first 2xx. */
  get holdsBye(): boolean {
    return this.waiting && this.#first;
  }

  accept(transaction: ServerTransaction, parts: ResponseParts): void {
    const { core, timers } = this.#leg;
    this.#answer = { transaction, parts, interval: core.timers.t1 };
    core.respond(transaction, 200, parts);
    timers.start('2xx', core.now + core.timers.t1);
    timers.start('ack', core.now + 64 * core.timers.t1);
  }

  /** Undefined for an ACK that was not awaited, such as the second copy. */
  onAck(ack: SipRequest): 'first' | 'later' | undefined {
    if (this.#answer?.transaction.request.cseq.number !== ack.cseq.number) return undefined;
    const outcome = this.#first ? 'first' : 'later';
    this.giveUp();
    return outcome;
  }

  resend(): void {
    if (this.#answer === undefined) return;
    const { core, timers } = this.#leg;
    this.#answer.interval = Math.min(2 * this.#answer.interval, core.timers.t2);
    core.respond(this.#answer.transaction, 200, this.#answer.parts);
    timers.start('2xx', core.now + this.#answer.interval);
  }

  giveUp(): void {
    this.#answer = undefined;
    this.#first = false;
    this.#leg.timers.stop('2xx', 'ack');
  }
}
