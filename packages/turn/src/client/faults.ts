import { type ErrorCode, type Fault, fault } from '@earshot/base';
import type { StunErrorCode } from '@earshot/stun';

/** What a client asks of a server. */
export type TurnRequest = 'allocate' | 'refresh' | 'create-permission' | 'channel-bind';

/** Error responses of RFC 8656 section 19 and RFC 8489 section 14.8, by their names in the error table. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'turn.bad_request',
  401: 'turn.auth_failed',
  403: 'turn.peer_forbidden',
  437: 'turn.allocation_mismatch',
  438: 'turn.stale_nonce',
  441: 'turn.auth_failed',
  486: 'turn.quota_reached',
  508: 'turn.relay_full',
};

/** An error response as a fault. 403 to an allocation is about the client (RFC 8656 section 7.3), not about a peer. */
export function faultOf(request: TurnRequest, { code, reason }: StunErrorCode): Fault {
  const isAboutPeer = request === 'create-permission' || request === 'channel-bind';
  const name = code === 403 && !isAboutPeer ? 'turn.unsupported' : (CODES[code] ?? 'turn.unsupported');
  return fault(name, reason === '' ? `${request}: ${code}` : `${request}: ${code} ${printable(reason)}`);
}

/** A reason phrase comes from a stranger: one short line of it is shown. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 128);
