import type { ErrorCode } from '@earshot/base';
import type { LegName, VerdictSide } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import { capitalized, headlineOf } from '../words/headlines.js';

/** Our own configuration or process, whatever leg it shows on. */
const OURS =
  /^(?:server|config|store|http|internal|outward)\.|^(?:media\.worker_failed|media\.ports_exhausted|turn\.worker_failed|turn\.secret_unreadable|turn\.relay_full|turn\.draining|sip\.auth_rejected|call\.limit_reached|call\.unknown_destination|signaling\.server_stopping|auth\.token_invalid)$/;

/** Whose problem what happens at a leg is: a browser is named by its leg, everything on the phone network is `far-end`. */
export const sideOfLeg = (trace: CallTrace, leg: LegName): VerdictSide =>
  trace.legs[leg].kind === 'sip' ? 'far-end' : leg;

/** Whose problem a named fault is. `leg`: where it showed, if that is known. */
export function sideOfCode(trace: CallTrace, code: ErrorCode, leg: LegName | undefined): VerdictSide {
  if (OURS.test(code)) return 'gateway';
  const isBrowsers = /^(?:mic|playout|client|auth|signaling|ice|dtls|srtp|turn)\./.test(code);
  if (isBrowsers) {
    if (leg !== undefined && trace.legs[leg].kind === 'browser') return leg;
    return trace.browserLegs[0]?.name ?? 'caller';
  }
  if (code === 'call.invalid_destination') return sideOfLeg(trace, 'caller');
  return sideOfLeg(trace, leg ?? (trace.legs.callee.kind === 'sip' ? 'callee' : (trace.sipLegs[0]?.name ?? 'callee')));
}

/** `the caller`, `the phone side`: in sentences. Between two phones it takes more to tell them apart. */
export function nameOf(trace: CallTrace, leg: LegName): string {
  if (trace.sipLegs.length === 2) return leg === 'caller' ? 'the party that called' : 'the party that was called';
  if (trace.legs[leg].kind === 'sip') return 'the phone side';
  return leg === 'caller' ? 'the caller' : 'the person called';
}

/** The headline of a code at a leg. */
export const headline = (trace: CallTrace, code: ErrorCode, leg: LegName): string =>
  headlineOf(code, nameOf(trace, leg));

export { capitalized };
