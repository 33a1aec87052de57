import type { MediaEvent } from '../media.js';
import type { Side, TransportProgress } from './hops.js';
import type { Leg } from './leg.js';

/** One side of a call: its leg, and how far its transport and its signalling are. */
export class Party {
  readonly side: Side;
  readonly leg: Leg;
  /** Its remote hung up, failed or went away: there is nobody left to tell. */
  gone = false;
  #ice: Extract<MediaEvent, { readonly type: 'leg.ice' }>['state'] | 'new' = 'new';
  #secured = false;

  constructor(side: Side, leg: Leg) {
    this.side = side;
    this.leg = leg;
  }

  get pathLost(): boolean {
    return this.#ice === 'lost';
  }

  get transport(): TransportProgress {
    if (this.leg.kind === 'sip' || (this.#secured && this.#ice === 'connected')) return 'ready';
    if (this.#ice === 'new') return 'none';
    return this.#ice === 'connected' ? 'ice' : 'checking';
  }

  takeIce(state: 'checking' | 'connected' | 'lost'): void {
    // A restart checks a new path while the old one still serves, or is still lost.
    if (state !== 'checking' || this.#ice === 'new') this.#ice = state;
  }

  takeDtls(state: 'connected' | 'closed'): void {
    this.#secured = state === 'connected';
  }
}
