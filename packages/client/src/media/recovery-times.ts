/** When paths are doubted: in milliseconds, but for counts of packets, restarts and reports. */

/** Bytes that stood still this long count against a disconnected path. */
export const STALLED = 3_000;
/** Enough when there is another reason to doubt: the network changed, or the signaling connection was replaced. */
export const STALLED_AFTER_HINT = 1_000;
/** Enough when the gateway counts what it sends meanwhile. */
export const STALLED_IN_VAIN = 2_000;
/**
 * Enough where sound came steadily and a restart needs no answer: it costs little, and breaks nothing. The next ones
 * wait longer, since a network may take a while to come up.
 */
export const CUT = [400, 1_400, 3_400, 7_400] as const;
/** How long sound must have come for that. */
export const STEADY = 1_500;
/** Packets that the gateway sends in a second at most while the far end says nothing. */
export const IDLE = 10;
/** How long a far end that only paused makes us slower to believe in the next cut; twice as long each time, up to ... */
export const PATIENCE = 10_000;
export const MOST_PATIENCE = 160_000;
/** A page that looks so late was asleep: nothing was missed while nobody looked. */
export const ASLEEP = 1_500;
/** How long such a reason counts. */
export const DOUBT = 10_000;
/** How long the first path may take to be built once both descriptions are known. */
export const SETUP = 8_000;
/** How long one ICE restart gets before the next, unless the path fails for good before. */
export const ATTEMPT = 5_000;
/** How long one that fails for good is waited for, lest they follow each other without end. */
export const FAILED_ATTEMPT = 2_000;
/** How long it gets while checks are answered: whether it carries shows soon. */
export const CONNECTED_ATTEMPT = 3_000;
/** How long it gets through relays alone, which need several round trips more, perhaps over TCP and TLS. */
export const RELAY_ATTEMPT = 8_000;
/** Restarts without success before the kind of path is changed. */
export const TRIES = 2;
/** Packets that the gateway sent in vain while bytes stood still: one report of its may be a second old. */
export const SENT_IN_VAIN = 75;
/** Reports of the gateway, a second apart, that count nothing new of what was sent to it. */
export const DEAF_REPORTS = 2;
