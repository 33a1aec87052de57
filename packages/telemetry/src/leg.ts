/** The two legs of a call, by the side each serves. */
export type LegName = 'caller' | 'callee';

export type LegKind = 'browser' | 'sip';
