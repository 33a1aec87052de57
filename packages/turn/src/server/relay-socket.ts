import type { Millis, TransportAddress } from '@earshot/base';
import type { IpFamily } from '../wire/index.js';
import type { Allocation } from './allocation.js';
import type { Peer } from './peer.js';
import type { OpenedRelay, TurnRelay } from './types.js';

/**
 * A relayed transport address:
 *
 *   opening --relayOpened--> open --> closed
 *      \---relayFailed-------------------^
 */
export class RelaySocket<Client, Relay> implements TurnRelay<Relay> {
  readonly family: IpFamily;
  readonly evenPort: boolean;
  state: 'opening' | 'open' | 'closed' = 'opening';
  relay: Relay | undefined;
  address: TransportAddress | undefined;
  /** Whose it is; a reserved one is nobody's. */
  allocation: Allocation<Client, Relay> | undefined;
  /** The time-to-expiry of this address (RFC 8656 section 6). */
  expiresAt: Millis = Number.POSITIVE_INFINITY;
  /** Who sent last: most packets come from whom the one before came from. */
  recent: Peer<Client, Relay> | undefined;

  constructor(family: IpFamily, evenPort: boolean) {
    this.family = family;
    this.evenPort = evenPort;
  }

  opened({ relay, address }: OpenedRelay<Relay>): void {
    this.state = 'open';
    this.expiresAt = Number.POSITIVE_INFINITY; // until its allocation is answered
    this.relay = relay;
    this.address = address;
  }
}
