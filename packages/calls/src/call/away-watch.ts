import type { Millis } from '@earshot/base';
import type { CallInput, CallPolicy } from './call-io.js';
import type { DeadlineName, Deadlines } from './deadlines.js';
import type { Party } from './party.js';

export const CLIENT_GRACE_MS = 30_000;
const RELOAD_MS = 10_000;

type Connection = Exclude<Extract<CallInput, { readonly type: 'leg.connection' }>['state'], 'gone'>;

/** How long a call waits for a browser that lost its signalling, its media path, or both. */
export class AwayWatch {
  readonly #deadlines: Deadlines;
  readonly #policy: CallPolicy;
  /** Parties whose phone was spoken of since they were heard last. */
  readonly #told = new Set<Party>();

  constructor(deadlines: Deadlines, policy: CallPolicy) {
    this.#deadlines = deadlines;
    this.#policy = policy;
  }

  get graceMs(): Millis {
    return this.#policy.clientGraceMs ?? CLIENT_GRACE_MS;
  }

  /** Its path was lost, is back, or is to be built by a new leg. */
  path(party: Party, now: Millis): void {
    const deadline: DeadlineName = `path-${party.side}`;
    if (party.isAway) this.#deadlines.set(deadline, now + this.graceMs);
    else this.#deadlines.clear(deadline);
  }

  /** Media goes on without signalling, and so does the call, until the page had its time to come back. */
  connection(party: Party, state: Connection, now: Millis, since: Millis = now): void {
    const deadline: DeadlineName = `signalling-${party.side}`;
    switch (state) {
      case 'lost':
        this.#deadlines.set(deadline, now + this.graceMs);
        party.unansweredSince ??= since;
        break;
      case 'silent':
        party.unansweredSince ??= since;
        break;
      case 'leaving':
        this.#deadlines.hasten(deadline, now + (this.#policy.reloadMs ?? RELOAD_MS));
        break;
      case 'resumed':
        this.#deadlines.clear(deadline);
        party.unansweredSince = undefined;
        break;
    }
    this.#watch(party);
  }

  unheard(party: Party, since: Millis): void {
    party.unheardSince ??= since;
    this.#watch(party);
  }

  heard(party: Party): void {
    party.unheardSince = undefined;
    this.#told.delete(party);
    this.#watch(party);
  }

  /** Whether its user may be called back now; true once until it is heard again. */
  takeDue(party: Party): boolean {
    if (this.#told.has(party)) return false;
    this.#told.add(party);
    return true;
  }

  /** Another leg took the place of the party's: nothing is waited for on behalf of the old one. */
  replaced(party: Party, now: Millis): void {
    const { side } = party;
    const names: readonly DeadlineName[] = [`path-${side}`, `signalling-${side}`, `reach-${side}`, `callback-${side}`];
    for (const name of names) this.#deadlines.clear(name);
    this.#told.delete(party);
    this.path(party, now);
  }

  #watch(party: Party): void {
    const { unheardSince, unansweredSince, side, leg } = party;
    const { callBackAfterMs } = this.#policy;
    const deadline: DeadlineName = `callback-${side}`;
    this.#deadlines.clear(deadline);
    if (callBackAfterMs === undefined || leg.kind !== 'browser' || this.#told.has(party)) return;
    if (unheardSince === undefined || unansweredSince === undefined) return;
    this.#deadlines.set(deadline, Math.max(unheardSince, unansweredSince) + callBackAfterMs);
  }
}
