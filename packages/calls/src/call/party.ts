import type { Fault } from '@earshot/base';
import type { Side } from './hops.js';
import type { Leg } from './leg.js';
import { Reachability } from './reachability.js';

/** One side of a call: its leg, how far its browser came on its way here, and whether anybody is left there. */
export class Party {
  readonly side: Side;
  readonly leg: Leg;
  readonly reach = new Reachability();
  /** Its browser was given its time, and came no further than `unreached` says. */
  foundSilent = false;
  /** Its remote hung up, failed or went away: there is nobody left to tell. */
  gone = false;

  constructor(side: Side, leg: Leg) {
    this.side = side;
    this.leg = leg;
  }

  get pathLost(): boolean {
    return this.reach.isLost;
  }

  /** Why media cannot pass; undefined when it can. SIP legs have no transport to set up. */
  get unreached(): Fault | undefined {
    return this.leg.kind === 'sip' ? undefined : this.reach.verdict(this.side);
  }

  get isSilent(): boolean {
    return this.foundSilent && this.unreached !== undefined;
  }
}
