import type { Params } from './uri.js';

/** One hop of the path a request took (RFC 3261 section 20.42). */
export interface Via {
  /** In upper case: UDP, TCP, TLS, WS, WSS. */
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
}
