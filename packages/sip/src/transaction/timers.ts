/** The base values behind every timer of RFC 3261 table 4, in ms. Timer C is a proxy's, and so not here. */
export interface SipTimers {
  /** Round-trip time estimate (section 17.1.1.1). */
  readonly t1: number;
  /** Longest interval between retransmissions of anything but an INVITE. */
  readonly t2: number;
  /** Longest time a message remains in the network. */
  readonly t4: number;
}

export const DEFAULT_TIMERS: SipTimers = { t1: 500, t2: 4000, t4: 5000 };
