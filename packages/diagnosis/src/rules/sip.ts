import type { ErrorCode } from '@earshot/base';
import type { LegName } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import { type Finding, type Rule, seenEntry } from './finding.js';
import { capitalized, headline, nameOf, sideOfCode, sideOfLeg } from './sides.js';

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

const noCodec = (trace: CallTrace, leg: LegName): string =>
  `${capitalized(nameOf(trace, leg))} takes none of the kinds of sound that it was offered.`;

/** A final status of a SIP party. 487 after our CANCEL is what was asked for. */
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
        // A party on the phone network says so itself: nothing here led to it.
        holdMs: 0,
        text: code === 'media.codec_mismatch' ? noCodec(trace, leg) : headline(trace, code, leg),
        evidence: [seenEntry(final, `${capitalized(nameOf(trace, leg))} answered the INVITE with ${status}${phrase}.`)],
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
        text: headline(trace, 'sip.no_response', leg),
        evidence: [
          seenEntry(invite, 'The INVITE went out.'),
          seenEntry(lastRepeat, `It was sent ${inviteRepeats + 1} times so far, and nothing came back.`),
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
    // Once it is confirmed after all, the phone side stops.
    if (trace.now - lastFinalRepeat.at > 9_000 && trace.ended === undefined) return [];
    const who = nameOf(trace, leg);
    const text = isOurs
      ? `${capitalized(who)} does not confirm that the call was answered.`
      : `${capitalized(who)} answered, but keeps waiting for the confirmation.`;
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
          seenEntry(
            lastFinalRepeat,
            isOurs
              ? `The 200 was sent ${finalRepeats + 1} times without an ACK.`
              : `The 200 came ${finalRepeats + 1} times: the ACK does not reach it.`,
          ),
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
        text: headline(trace, 'sip.pbx_timeout', leg),
        evidence: [
          seenEntry(noted, `BYE from ${nameOf(trace, leg)}${reason === undefined ? '' : `, Reason: ${reason}`}.`),
        ],
      },
    ];
  });

/** Causes of a Reason header that mean expiry: Q.850 102, SIP 408 and 504. Normal clearing (16, 31, 200) is none. */
function isTimer(reason: string): boolean {
  if (/time[\s-]?r|time[\s-]?out|timed|expir/i.test(reason)) return true;
  const cause = Number(/cause\s*=\s*(\d+)/i.exec(reason)?.[1]);
  return /^\s*q\.850/i.test(reason) ? cause === 102 : cause === 408 || cause === 504;
}

/** The phone side works on the call, as its 100 says, and nothing rings. */
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
        ? `${capitalized(nameOf(trace, leg))} took the call ${seconds} s ago, and nothing rings yet.`
        : `It took ${nameOf(trace, leg)} ${seconds} s to ring.`;
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

/** The phone side took the sound away by agreement (RFC 3264 section 8.4). */
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
        text: `${capitalized(nameOf(trace, leg))} put the call on hold.`,
        evidence: [seenEntry(heldSince, `Its description says a=${heldSince.event.direction}.`)],
      },
    ];
  });

const isHoldInCall = (trace: CallTrace, at: number): boolean =>
  trace.answeredAt !== undefined && at >= trace.answeredAt - 1000;
