export type Side = 'caller' | 'callee';

/**
 * The four hops that RTP must be seen on before a call is connected: the gateway received from a side (`sends`), and
 * that side received from the gateway (`hears`).
 */
export type Hop = `${Side}-${'sends' | 'hears'}`;
