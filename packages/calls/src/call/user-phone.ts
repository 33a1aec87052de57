import { err, fault, type Millis, ok, type Result } from '@earshot/base';
import type { MediaCommand } from '../media.js';
import { CallBack, type CallBackOptions, type CallBackStep, type PhoneInput } from './call-back.js';
import type { CallOutput } from './call-io.js';
import type { DeadlineName, Deadlines } from './deadlines.js';
import type { Leg } from './leg.js';
import type { Party } from './party.js';

const RING_MS = 30_000;
/** A user's phone is called no more often in one call: who does not answer twice is not there. */
const MAX_CALLS = 2;

/** What came of an input. */
export interface PhoneStep {
  readonly outputs: readonly CallOutput[];
  /** The phone answered, and takes the place of the leg of `party`. */
  readonly joined?: { readonly party: Party; readonly leg: Leg; readonly commands: readonly MediaCommand[] };
}

/** The calls back of one call: one at a time, and not many. What comes due meanwhile waits for how it goes. */
export class UserPhone {
  readonly #deadlines: Deadlines;
  readonly #ringMs: Millis;
  #callBack: CallBack | undefined;
  #calls = 0;

  constructor(deadlines: Deadlines, ringMs: Millis = RING_MS) {
    this.#deadlines = deadlines;
    this.#ringMs = ringMs;
  }

  /** Whether the phone is being called. */
  get isBusy(): boolean {
    return this.#callBack !== undefined;
  }

  isOf(legId: string): boolean {
    return this.#callBack?.leg.legId === legId;
  }

  isCalledFor(party: Party): boolean {
    return this.#callBack?.party === party;
  }

  begin(callId: string, now: Millis, options: CallBackOptions): Result<readonly CallOutput[]> {
    if (this.isBusy || this.#calls >= MAX_CALLS) return err(fault('call.wrong_state'));
    this.#calls += 1;
    this.#callBack = new CallBack(options);
    this.#deadlines.set('callback-ring', now + this.#ringMs);
    return ok(this.#callBack.begin(callId));
  }

  take(input: PhoneInput): PhoneStep {
    const callBack = this.#callBack;
    if (callBack === undefined) return { outputs: [] };
    const step = callBack.take(input);
    const { party, leg } = callBack;
    if (step.joined === undefined) return { outputs: this.#finish(step, input.now) };
    return { outputs: this.#finish(step), joined: { party, leg, commands: step.joined } };
  }

  /** It has rung for long enough. */
  expire(now: Millis): readonly CallOutput[] {
    return this.#callBack === undefined ? [] : this.#finish(this.#callBack.expire(), now);
  }

  /** The browser is heard before anybody answered, or the call is over. `overdueAt`: when counts what came meanwhile. */
  cancel(overdueAt?: Millis): readonly CallOutput[] {
    return this.#callBack === undefined ? [] : this.#finish(this.#callBack.cancel(), overdueAt);
  }

  /** A deadline of the call that is not to end it while somebody may still answer. */
  postpone(name: DeadlineName): void {
    this.#callBack?.overdue.add(name);
  }

  /** Another leg took the place of the one that deadlines were of. */
  forgetPostponed(): void {
    this.#callBack?.overdue.clear();
  }

  #finish({ outputs, isOver }: CallBackStep, overdueAt?: Millis): readonly CallOutput[] {
    if (isOver !== true) return outputs;
    const overdue = this.#callBack?.overdue ?? [];
    this.#callBack = undefined;
    this.#deadlines.clear('callback-ring');
    if (overdueAt !== undefined) for (const name of overdue) this.#deadlines.set(name, overdueAt);
    return outputs;
  }
}
