/** Parameters in their order; a flag has the value undefined. Names are in lower case, values as on the wire. */
export type Params = ReadonlyMap<string, string | undefined>;

/** A sip: or sips: URI (RFC 3261 section 19.1). */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** As on the wire: escapes are kept, so that a URI prints as it came. `uriUser` gives the plain text. */
  readonly user?: string;
  readonly password?: string;
  /** A host name in lower case, an IPv4 address, or an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
  /** What follows `?`, as on the wire. */
  readonly headers?: string;
}

/** A URI of another scheme, such as tel: or urn:. */
export interface OtherUri {
  readonly scheme: 'other';
  readonly text: string;
}

export type Uri = SipUri | OtherUri;
