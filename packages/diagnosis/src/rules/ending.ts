import type { ErrorCode } from '@earshot/base';
import type { LegName } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import { type Finding, type Rule, seenEntry } from './finding.js';
import { headline, sideOfCode } from './sides.js';
import { pathLost } from './transport.js';

/** Ways for a call to end that are nobody's fault. */
const ORDINARY: ReadonlySet<ErrorCode> = new Set(['sip.cancelled_by_caller', 'call.answered_elsewhere']);

/**
 * What the gateway, or the SDK, named as the cause of the end. Strong evidence; yet what they name may follow from
 * something else, which the ranking puts above it.
 */
export const ending: Rule = (trace) => {
  const findings: Finding[] = [];
  for (const { name, failed } of [trace.legs.caller, trace.legs.callee]) {
    if (failed === undefined || ORDINARY.has(failed.event.code)) continue;
    // A refusal of the phone network is told with its status elsewhere; that of a browser is said here.
    const { code, status } = failed.event;
    if (status !== undefined && trace.sip[name].final !== undefined) continue;
    if (code === 'dtls.peer_alert' || code === 'dtls.timeout') continue;
    findings.push({
      ...named(trace, code, name, failed.at),
      evidence: [seenEntry(failed, `The ${name}'s leg failed: ${code}.`)],
    });
  }
  const { ended } = trace;
  const code = ended?.event.code;
  if (ended === undefined || code === undefined || ORDINARY.has(code)) return findings;
  if (findings.some((finding) => finding.code === code) || isExplained(trace, code)) return findings;
  const status = (['caller', 'callee'] as const).some((leg) => trace.sip[leg].final?.event.status !== undefined);
  if (status && code.startsWith('sip.') && code !== 'sip.ack_lost' && code !== 'sip.pbx_timeout') return findings;
  const { by } = ended.event;
  const leg = legOfEnding(trace, code, by);
  const named_ = named(trace, code, leg, ended.at);
  // Who closes the page while it rings has given up, as with a button.
  const gaveUp = code === 'signaling.client_gone' && trace.answeredAt === undefined;
  findings.push({
    ...named_,
    ...(gaveUp ? { weight: 'hint' as const } : {}),
    evidence: [seenEntry(ended, `The call ended (${ended.event.result}, by ${by}): ${code}.`)],
  });
  return findings;
};

/** Other rules say the same more exactly: what the browser's exception was, which way to the gateway failed and why. */
const isExplained = (trace: CallTrace, code: ErrorCode): boolean =>
  trace.browserLegs.some(({ micFailed }) => micFailed?.event.code === code) ||
  (code === 'ice.consent_lost' && pathLost(trace).length > 0) ||
  (/^(?:ice|turn)\./.test(code) &&
    trace.reach.all.some(
      ({ outcome, findings }) => outcome === 'failed' && findings.some(({ weight }) => weight === 'fault'),
    ));

function named(trace: CallTrace, code: ErrorCode, leg: LegName | undefined, since: number): Omit<Finding, 'evidence'> {
  const isOurs = code === 'media.codec_mismatch' && !statusSaysCodec(trace);
  return {
    code,
    side: isOurs ? 'gateway' : sideOfCode(trace, code, leg),
    weight: 'fault',
    confidence: 0.8,
    since,
    text: headline(trace, code, leg ?? partyOf(trace, code)),
  };
}

/** The far end refused what was offered; otherwise nothing in common was found here. */
const statusSaysCodec = (trace: CallTrace): boolean =>
  [trace.sip.caller, trace.sip.callee].some(({ final }) => [415, 488, 606].includes(final?.event.status ?? 0)) ||
  [trace.legs.caller, trace.legs.callee].some(({ failed }) => failed?.event.status !== undefined);

/** Whom a code is about where its end does not say. */
const partyOf = (trace: CallTrace, code: ErrorCode): LegName =>
  /^(?:sip|call)\./.test(code) ? 'callee' : (trace.browserLegs[0]?.name ?? 'caller');

function legOfEnding(trace: CallTrace, code: ErrorCode, by: string): LegName | undefined {
  if (code === 'media.one_way_uplink') return trace.waitingFor.includes('caller-sends') ? 'caller' : 'callee';
  if (code === 'media.one_way_downlink') return 'caller';
  if (code === 'media.far_end_leg_dead') return 'callee';
  return by === 'caller' || by === 'callee' ? by : undefined;
}
