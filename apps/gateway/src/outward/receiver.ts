import { fault } from '@earshot/base';
import { faultFields, type Log } from '../log.js';

export interface ReceiverStatus {
  /** `hep`, `otel`, `webhook-1`: addresses may hold secrets and stay in the configuration. */
  readonly name: string;
  readonly isUp: boolean | undefined;
  readonly waiting: number;
  readonly sent: number;
  readonly lost: number;
}

/** Whether a receiver of events takes them. The log says it once when it does not any more, and once when it does again. */
export class Receiver {
  readonly name: string;
  readonly #log: Log;
  readonly #waiting: () => number;
  #isUp: boolean | undefined;
  #sent = 0;
  #lost = 0;
  /** Since it went down. */
  #lostSince = 0;

  constructor(name: string, log: Log, waiting: () => number = () => 0) {
    this.name = name;
    this.#log = log;
    this.#waiting = waiting;
  }

  get isUp(): boolean | undefined {
    return this.#isUp;
  }

  /** It took so many. */
  took(count = 1): void {
    this.#sent += count;
    if (this.#isUp === false) {
      this.#log.info({ receiver: this.name, lost: this.#lostSince }, 'a receiver of events answers again');
    }
    this.#isUp = true;
    this.#lostSince = 0;
  }

  /** It cannot be reached, or answers that it cannot. `why` holds no address, no secret and nothing of a call. */
  failed(why: string): void {
    if (this.#isUp === false) return;
    this.#isUp = false;
    this.#log.warn(
      { receiver: this.name, ...faultFields(fault('outward.unreachable', why)) },
      'events wait or are lost',
    );
  }

  /** So many were given up. */
  gaveUp(count = 1): void {
    this.#lost += count;
    this.#lostSince += count;
  }

  status(): ReceiverStatus {
    return { name: this.name, isUp: this.#isUp, waiting: this.#waiting(), sent: this.#sent, lost: this.#lost };
  }
}
