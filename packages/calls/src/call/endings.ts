import { type ErrorCode, type Fault, fault } from '@earshot/base';
import type { Side } from './hops.js';

export type CallResult = 'completed' | 'cancelled' | 'busy' | 'no-answer' | 'rejected' | 'failed';

/** How a call ended, in one word, and why: the code of the fault, or `normal` when somebody just hung up. */
export interface Ending {
  readonly result: CallResult;
  readonly reason: ErrorCode | 'normal';
}

/** Faults that are an ordinary outcome; every other one means `failed`. */
const RESULTS: Partial<Readonly<Record<ErrorCode, CallResult>>> = {
  'sip.busy': 'busy',
  'sip.declined': 'rejected',
  'sip.unavailable': 'no-answer',
  'call.not_answered': 'no-answer',
  'call.answered_elsewhere': 'cancelled',
  'sip.cancelled_by_caller': 'cancelled',
};

export interface EndingFacts {
  readonly fault?: Fault | undefined;
  readonly answered: boolean;
  readonly by: Side | 'gateway';
}

export function classifyEnding({ fault: cause, answered, by }: EndingFacts): Ending {
  if (cause === undefined) {
    return answered
      ? { result: 'completed', reason: 'normal' }
      : { result: 'cancelled', reason: 'sip.cancelled_by_caller' };
  }
  const gaveUp = !answered && by === 'caller' && cause.code === 'signaling.client_gone';
  return { result: gaveUp ? 'cancelled' : (RESULTS[cause.code] ?? 'failed'), reason: cause.code };
}

/** Final SIP statuses (RFC 3261 section 21) with a name of their own. */
const STATUS_FAULTS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'sip.auth_rejected'],
  [403, 'sip.auth_rejected'],
  [404, 'sip.not_found'],
  [407, 'sip.auth_rejected'],
  [408, 'sip.unavailable'],
  [410, 'sip.not_found'],
  [415, 'media.codec_mismatch'],
  [480, 'sip.unavailable'],
  [484, 'sip.not_found'],
  [486, 'sip.busy'],
  [487, 'sip.cancelled_by_caller'],
  [488, 'media.codec_mismatch'],
  [500, 'sip.service_unavailable'],
  [503, 'sip.service_unavailable'],
  [600, 'sip.busy'],
  [603, 'sip.declined'],
  [604, 'sip.not_found'],
  [606, 'media.codec_mismatch'],
  [607, 'sip.declined'],
]);

/** Names a final SIP status of 300 to 699 that a far end answered with. */
export const faultOfStatus = (status: number): Fault =>
  fault(STATUS_FAULTS.get(status) ?? 'sip.request_rejected', `SIP status ${status}`);

const FAULT_STATUSES: Partial<Readonly<Record<ErrorCode, number>>> = {
  'call.invalid_destination': 404,
  'call.unknown_destination': 404,
  'call.limit_reached': 503,
  'call.not_answered': 480,
  'media.bad_sdp': 400,
  'media.no_audio': 488,
  'media.codec_mismatch': 488,
  'dtls.role_conflict': 488,
  'media.ports_exhausted': 503,
  'media.worker_failed': 503,
  'sip.not_found': 404,
  'sip.unavailable': 480,
  'sip.busy': 486,
  'sip.declined': 603,
  'sip.cancelled_by_caller': 487,
  'sip.service_unavailable': 503,
  'sip.auth_rejected': 503,
  'sip.no_response': 504,
  'sip.transport_failed': 503,
  'signaling.client_gone': 480,
  'signaling.server_stopping': 503,
};

/**
 * The final SIP status (400 to 699) that tells a caller about a fault. What a far end said goes through, but for a
 * redirection, which is followed or not here, and a challenge, which was meant for our credentials.
 */
export function statusOfFault({ code }: Fault, received?: number): number {
  const passes = received !== undefined && received >= 400 && received <= 699 && received !== 401 && received !== 407;
  return passes ? received : (FAULT_STATUSES[code] ?? 500);
}
