import type { Fault, Millis } from '@earshot/base';
import type { Side } from './hops.js';
import type { Leg } from './leg.js';
import { Reachability } from './reachability.js';

/** One side of a call: its leg, how far its browser came on its way here, and whether anybody is left there. */
export class Party {
  readonly side: Side;
  #leg: Leg;
  #reach = new Reachability();
  /** Its browser was given its time, and came no further than `unreached` says. */
  foundSilent = false;
  /** Its remote hung up, failed or went away: there is nobody left to tell. */
  gone = false;
  /** Its leg took the place of another, and has not been heard both ways yet. */
  isReturning = false;
  /** Its phone put the call on hold. */
  isHeld = false;
  /** Since when no media came from its browser, and since when nobody answers at its signalling. */
  unheardSince: Millis | undefined;
  unansweredSince: Millis | undefined;

  constructor(side: Side, leg: Leg) {
    this.side = side;
    this.#leg = leg;
  }

  get leg(): Leg {
    return this.#leg;
  }

  get reach(): Reachability {
    return this.#reach;
  }

  /** Another leg takes its place: whatever was known held for the old one. */
  replace(leg: Leg): void {
    this.#leg = leg;
    this.#reach = new Reachability();
    this.foundSilent = false;
    this.gone = false;
    this.isReturning = true;
    this.isHeld = false;
    this.unheardSince = undefined;
    this.unansweredSince = undefined;
  }

  get pathLost(): boolean {
    return this.reach.isLost;
  }

  /** Nobody is heard there now, and somebody is expected back. */
  get isAway(): boolean {
    return this.pathLost || this.isReturning;
  }

  /** Why media cannot pass; undefined when it can. SIP legs have no transport to set up. */
  get unreached(): Fault | undefined {
    return this.leg.kind === 'sip' ? undefined : this.reach.verdict(this.side);
  }

  get isSilent(): boolean {
    return this.foundSilent && this.unreached !== undefined;
  }
}
