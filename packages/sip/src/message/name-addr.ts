import type { Params, Uri } from './uri.js';

/** An address of From, To, Contact, Route and Record-Route (RFC 3261 section 20.10). */
export interface NameAddr {
  readonly displayName?: string;
  readonly uri: Uri;
  /** Header parameters, such as `tag`. */
  readonly params: Params;
}
