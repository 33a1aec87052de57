import { ERRORS, type ErrorCode } from '@earshot/base';
import type { LegName } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import { type Finding, type Rule, seenEntry } from './finding.js';
import { nameOf, sideOfCode, sideOfLeg } from './sides.js';

/** Final statuses (RFC 3261 section 21) that have a name of their own; `sip.request_rejected` are the others. */
const STATUS_CODES: ReadonlyMap<number, ErrorCode> = new Map([
  ...([401, 403, 407] as const).map((status) => [status, 'sip.auth_rejected'] as const),
  ...([404, 410, 484, 604] as const).map((status) => [status, 'sip.not_found'] as const),
  ...([408, 480] as const).map((status) => [status, 'sip.unavailable'] as const),
  ...([486, 600] as const).map((status) => [status, 'sip.busy'] as const),
  ...([603, 607] as const).map((status) => [status, 'sip.declined'] as const),
  ...([500, 503] as const).map((status) => [status, 'sip.service_unavailable'] as const),
  ...([415, 488, 606] as const).map((status) => [status, 'media.codec_mismatch'] as const),
]);

const LEGS: readonly LegName[] = ['caller', 'callee'];

/** A final status of the far end. 487 after our CANCEL is what was asked for. */
export const refusal: Rule = (trace) =>
  LEGS.flatMap((leg) => {
    const { final, cancel } = trace.sip[leg];
    const status = final?.event.status;
    if (final === undefined || status === undefined || status < 300) return [];
    if (final.event.direction === 'out') return [];
    if (status === 487 && (cancel !== undefined || trace.ended?.event.result === 'cancelled')) return [];
    const failed = trace.legs[leg].failed?.event;
    const code = failed?.status === status ? failed.code : (STATUS_CODES.get(status) ?? 'sip.request_rejected');
    const phrase = final.event.phrase === undefined ? '' : ` ${final.event.phrase}`;
    return [
      {
        code,
        side: sideOfCode(trace, code, leg),
        weight: 'fault',
        confidence: 0.97,
        since: final.at,
        text: `${ERRORS[code].what.slice(0, -1)}: it answered ${status}${phrase}.`,
        evidence: [seenEntry(final, `${status}${phrase} to the INVITE came from the far end.`)],
      },
    ];
  });

/** Nothing at all comes back to the INVITE: timer B is on its way (RFC 3261 section 17.1.1.2). */
export const noResponse: Rule = (trace) =>
  LEGS.flatMap((leg) => {
    const { invite, answered, inviteRepeats, lastRepeat, cancel } = trace.sip[leg];
    if (invite === undefined || invite.event.direction === 'in' || answered !== undefined) return [];
    if (inviteRepeats < 3 || lastRepeat === undefined || cancel !== undefined) return [];
    return [
      {
        code: 'sip.no_response',
        side: sideOfLeg(trace, leg),
        weight: 'fault',
        confidence: trace.ended === undefined ? 0.8 : 0.95,
        since: invite.at,
        text: `The INVITE was sent ${inviteRepeats + 1} times, and nothing came back.`,
        evidence: [
          seenEntry(invite, 'The INVITE went out.'),
          seenEntry(lastRepeat, `It went out again, ${inviteRepeats} times so far; no answer of any kind came.`),
        ],
      },
    ];
  });

/** The 200 is repeated since its ACK does not come through, in whichever direction (RFC 3261 section 13.3.1.4). */
export const ackLost: Rule = (trace) =>
  LEGS.flatMap((leg) => {
    const { final, finalRepeats, lastFinalRepeat, ack } = trace.sip[leg];
    if (final === undefined || lastFinalRepeat === undefined || finalRepeats < 3) return [];
    const isOurs = final.event.direction === 'out';
    if (isOurs && ack !== undefined) return [];
    // Once it is confirmed after all, the far end stops.
    if (trace.now - lastFinalRepeat.at > 9_000 && trace.ended === undefined) return [];
    const text = isOurs
      ? `The far end has not confirmed our answer: the 200 was sent ${finalRepeats + 1} times without an ACK.`
      : `The far end sent its 200 ${finalRepeats + 1} times: our ACK does not reach it.`;
    return [
      {
        code: 'sip.ack_lost',
        side: sideOfLeg(trace, leg),
        weight: 'fault',
        confidence: 0.9,
        since: final.at,
        text,
        evidence: [
          seenEntry(final, 'The first 200 to the INVITE.'),
          seenEntry(lastFinalRepeat, `The same 200 again, for the ${finalRepeats}th time.`),
        ],
      },
    ];
  });

/** A BYE that says it was a timer's doing (RFC 3326; RFC 4028 for session timers). */
export const pbxTimeout: Rule = (trace) =>
  LEGS.flatMap((leg) => {
    const { ended } = trace.legs[leg];
    const { bye } = trace.sip[leg];
    const byRemote = ended?.event.by === 'remote' ? ended : undefined;
    const said = bye?.event.direction === 'in' ? bye.event.reason : undefined;
    const reason = byRemote?.event.reason ?? said;
    const noted = byRemote ?? bye;
    if (noted === undefined) return [];
    const isNamed = byRemote?.event.code === 'sip.pbx_timeout';
    if (!isNamed && (reason === undefined || !isTimer(reason))) return [];
    return [
      {
        code: 'sip.pbx_timeout',
        side: sideOfLeg(trace, leg),
        weight: 'fault',
        confidence: 0.9,
        since: noted.at,
        text: `The phone network hung up by a timer of its own${reason === undefined ? '' : `: ${reason}`}.`,
        evidence: [seenEntry(noted, `BYE from the far end${reason === undefined ? '' : `, Reason: ${reason}`}.`)],
      },
    ];
  });

/** Causes of a Reason header that mean expiry: Q.850 102, SIP 408 and 504. Normal clearing (16, 31, 200) is none. */
function isTimer(reason: string): boolean {
  if (/time[\s-]?r|time[\s-]?out|timed|expir/i.test(reason)) return true;
  const cause = Number(/cause\s*=\s*(\d+)/i.exec(reason)?.[1]);
  return /^\s*q\.850/i.test(reason) ? cause === 102 : cause === 408 || cause === 504;
}

/** The far end works on the call, as its 100 says, and nothing rings. */
export const slowSetup: Rule = (trace) =>
  LEGS.flatMap((leg) => {
    const sip = trace.sip[leg];
    const { invite, answered, progressed } = sip;
    if (invite === undefined || invite.event.direction === 'in' || answered === undefined) return [];
    const setupMs = sip.setupMs(trace.now);
    if (setupMs <= trace.policy.slowSetupMs) return [];
    const seconds = (setupMs / 1000).toFixed(1);
    const text =
      progressed === undefined
        ? `The phone network took the call ${seconds} s ago, and nothing rings yet.`
        : `It took the phone network ${seconds} s to ring.`;
    return [
      {
        code: 'sip.slow_setup',
        side: sideOfLeg(trace, leg),
        weight: 'degraded',
        confidence: 0.9,
        since: invite.at,
        text,
        evidence: [
          seenEntry(invite, 'The INVITE went out.'),
          ...(progressed === undefined
            ? []
            : [seenEntry(progressed, `The first answer beyond 100, ${seconds} s later.`)]),
        ],
      } satisfies Finding,
    ];
  });

/** The far end took the sound away by agreement (RFC 3264 section 8.4). */
export const onHold: Rule = (trace) =>
  LEGS.flatMap((leg) => {
    const { heldSince, kind } = trace.legs[leg];
    if (heldSince === undefined || kind === 'browser' || !isHoldInCall(trace, heldSince.at)) return [];
    return [
      {
        code: 'media.on_hold',
        side: sideOfLeg(trace, leg),
        weight: 'hint',
        confidence: 0.95,
        since: heldSince.at,
        text: `${nameOf(trace, leg) === 'the phone side' ? 'The phone side' : 'The other side'} put the call on hold.`,
        evidence: [seenEntry(heldSince, `Its description says a=${heldSince.event.direction}.`)],
      },
    ];
  });

const isHoldInCall = (trace: CallTrace, at: number): boolean =>
  trace.answeredAt !== undefined && at >= trace.answeredAt - 1000;
