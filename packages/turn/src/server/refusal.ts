import type { ErrorCode, TransportAddress } from '@earshot/base';
import type { StunAttributeValue } from '@earshot/stun';

/** An error answer: `status` as sent (RFC 8656 section 19, RFC 8489 section 14.8), and its name in the error table. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  /** The peer that it is about. */
  readonly peer?: TransportAddress;
  /** UNKNOWN-ATTRIBUTES of a 420. */
  readonly unknown?: readonly number[];
  /** ALTERNATE-SERVER of a 300. */
  readonly alternate?: StunAttributeValue;
}

export const TRY_ALTERNATE: Refusal = { status: 300, code: 'turn.draining' };
export const BAD_REQUEST: Refusal = { status: 400, code: 'turn.bad_request' };
export const UNAUTHENTICATED: Refusal = { status: 401, code: 'turn.auth_failed' };
export const FOREIGN_CREDENTIALS: Refusal = { status: 401, code: 'turn.credentials_foreign' };
export const EXPIRED_CREDENTIALS: Refusal = { status: 401, code: 'turn.credentials_expired' };
export const FORBIDDEN: Refusal = { status: 403, code: 'turn.peer_forbidden' };
export const UNKNOWN_ATTRIBUTE: Refusal = { status: 420, code: 'turn.unsupported' };
export const ALLOCATION_MISMATCH: Refusal = { status: 437, code: 'turn.allocation_mismatch' };
export const STALE_NONCE: Refusal = { status: 438, code: 'turn.stale_nonce' };
export const FAMILY_UNSUPPORTED: Refusal = { status: 440, code: 'turn.unsupported' };
export const WRONG_CREDENTIALS: Refusal = { status: 441, code: 'turn.allocation_mismatch' };
export const TRANSPORT_UNSUPPORTED: Refusal = { status: 442, code: 'turn.unsupported' };
export const FAMILY_MISMATCH: Refusal = { status: 443, code: 'turn.unsupported' };
export const QUOTA_REACHED: Refusal = { status: 486, code: 'turn.quota_reached' };
export const NO_CAPACITY: Refusal = { status: 508, code: 'turn.relay_full' };
export const DRAINING: Refusal = { status: 508, code: 'turn.draining' };

export const isRefusal = (value: object): value is Refusal => 'status' in value;
