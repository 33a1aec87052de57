import type { CSeq } from './cseq.js';
import type { Headers } from './headers.js';
import type { NameAddr } from './name-addr.js';
import type { Uri } from './uri.js';
import type { Via } from './via.js';

/** What every message carries (RFC 3261 section 8.1.1), parsed once and held here alone. */
export interface MessageBase {
  /** Topmost first; never empty. */
  readonly via: readonly Via[];
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly callId: string;
  readonly cseq: CSeq;
  /** Every other header except Content-Length, which the printer writes. */
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface SipRequest extends MessageBase {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: Uri;
}

export interface SipResponse extends MessageBase {
  readonly kind: 'response';
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
}

export type SipMessage = SipRequest | SipResponse;
