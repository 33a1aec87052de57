import type { ErrorCode } from '@earshot/base';
import type { EvidenceRef, Reach, ReachFinding, TimelineEntry } from '@earshot/telemetry';
import type { CallTrace } from '../features/call-trace.js';
import type { LegTrace } from '../features/leg-trace.js';
import { type Finding, type Rule, seenAt, seenEntry } from './finding.js';
import { headline, nameOf, sideOfCode } from './sides.js';

/**
 * Why a browser has no way to the gateway, or a poor one. `explainAll` names it; this puts a side to it and keeps quiet
 * about what costs nothing.
 */
export const reach: Rule = (trace) => {
  if (!trace.seesMiddle) return trace.browserLegs.flatMap((leg) => reachSeenAlone(trace, leg) ?? []);
  if (endedBefore(trace)) return [];
  return trace.reach.all.flatMap((explained) =>
    worthSaying(explained).map((finding) => findingOf(trace, explained, finding)),
  );
};

/**
 * The call ended for another reason before anything could be said of its way: what browsers report while they close is
 * no failure.
 */
export function endedBefore({ ended, browserLegs, answeredAt }: CallTrace): boolean {
  if (ended === undefined || answeredAt !== undefined) return false;
  if (/^(?:ice|turn|dtls|server)\./.test(ended.event.code ?? '')) return false;
  return browserLegs.every(
    ({ silence, connection }) =>
      silence === undefined && (connection?.event.state !== 'failed' || connection.at >= ended.at - CLOSING_MS),
  );
}

const CLOSING_MS = 100;

/** Relays that answer and refuse would have carried the call. */
const isRefusedRelay = ({ code }: ReachFinding): boolean =>
  code.startsWith('turn.') && code !== 'turn.silent' && code !== 'turn.unreachable';

/** Relays only, there are some, and not a word of them: what would fail says so at once. */
const isRelaySilent = (trace: CallTrace, { leg, policy, tried, findings }: Reach): boolean =>
  policy === 'relay' &&
  tried.length === 0 &&
  trace.legs[leg].relayUrls > 0 &&
  findings.every(({ code }) => code === 'ice.nat_needs_relay');

/**
 * The browser looks for addresses and has none, nor anything that refused it one: machines without a network never come
 * to the end of it. What the page says meanwhile would have told.
 */
function hasNoAddress(trace: CallTrace, { leg, policy }: Reach): boolean {
  const isOf = (entry: TimelineEntry): boolean => entry.source === 'browser' && entry.leg === leg;
  const began = trace.reach.last((entry) => isOf(entry) && entry.event.type === 'ice.gathering');
  const heard = trace.legs[leg].browser.last?.at;
  if (policy === 'relay' || began === undefined || heard === undefined || heard - began < GATHERING_MS) return false;
  return !trace.reach.has(
    (entry) => isOf(entry) && (entry.event.type === 'ice.candidate' || entry.event.type === 'ice.candidate_error'),
  );
}

/** The first address is there within a tenth of a second. */
const GATHERING_MS = 2_000;

function refinedReach(trace: CallTrace, explained: Reach, code: ErrorCode): ErrorCode {
  if (isRelaySilent(trace, explained)) return 'turn.silent';
  if (code === 'ice.udp_blocked' && hasNoAddress(trace, explained)) return 'ice.no_candidates';
  return refinedHandshake(trace.legs[explained.leg], code);
}

function worthSaying({ outcome, findings, path }: Reach): readonly ReachFinding[] {
  // A path that was lost is judged by what goes on meanwhile: see `pathLost`.
  if (outcome === 'lost') return [];
  if (outcome === 'reached') {
    const slow = path !== undefined && path.transport !== 'udp';
    // A relay over UDP is as good as a direct way; that over TCP says itself that UDP is blocked.
    return findings.filter(({ code }) => (slow ? code === 'ice.relay_tcp' : code !== 'ice.udp_blocked'));
  }
  return findings;
}

function findingOf(trace: CallTrace, explained: Reach, finding: ReachFinding): Finding {
  const { leg, findings } = explained;
  const { code, weight, text } = finding;
  const evidence = evidenceOf(trace, finding);
  const since = Math.min(...evidence.map(({ at }) => at));
  const refined = refinedReach(trace, explained, code);
  return {
    code: refined,
    side: sideOfCode(trace, refined, leg),
    weight,
    // What a relay refused is said by itself; that something never came is a conclusion.
    confidence: isRefusedRelay(finding) || findings.length === 1 ? 0.92 : 0.85,
    since,
    // Where only relays are allowed, no network is to blame for going without.
    text: refined === 'ice.nat_needs_relay' && explained.policy === 'relay' ? text : headline(trace, refined, leg),
    evidence: refined === code ? [seenAt(since, text), ...evidence] : evidence,
  };
}

/** Six entries at most: the first ones, and the last. */
function evidenceOf(trace: CallTrace, { entries }: ReachFinding): readonly EvidenceRef[] {
  const chosen = entries.length <= 6 ? entries : [...entries.slice(0, 5), ...entries.slice(-1)];
  return chosen.flatMap((place) => {
    const found = trace.reach.entryOf(place);
    if (found === undefined) return [];
    const { entry, index } = found;
    return [seenEntry({ at: entry.at, index, event: undefined }, textOf(entry.event))];
  });
}

function textOf(event: { readonly type: string }): string {
  const said: Readonly<Record<string, string>> = {
    'ice.attempt': 'The browser began to look for a way.',
    'ice.gathering': 'It had looked for all its addresses.',
    'ice.candidate': 'It found this address.',
    'ice.candidate_error': 'This server gave it no address.',
    'ice.connection': 'Its connection came to this state.',
    'ice.pair': 'Media goes this way.',
    'ice.advertised': 'The browser was told to send to these addresses.',
    'ice.check': 'These checks arrived.',
    'ice.state': 'The gateway saw its path in this state.',
    'leg.silence': 'No secured path after this time.',
    'turn.allocated': 'The relay made an allocation.',
    'turn.refused': 'The relay refused.',
  };
  return said[event.type] ?? 'Seen here.';
}

/**
 * `dtls.blackholed` without any ClientHello, where the browser was told that we begin, or where it has not sent a byte
 * (checks do not count as such): both wait.
 */
export function refinedHandshake(leg: LegTrace, code: ErrorCode): ErrorCode {
  if (code !== 'dtls.blackholed' || leg.helloSeen) return code;
  const { local, remote } = leg.browserSetup;
  const isMute = leg.transportOut.looked !== undefined && leg.transportOut.last === undefined;
  return local === 'passive' || remote === 'active' || isMute ? 'dtls.role_conflict' : code;
}

/** The browser's own view: what did not reach the gateway cannot be told from what did not come back. */
function reachSeenAlone(trace: CallTrace, leg: LegTrace): Finding | undefined {
  const explained = trace.reach.all.find((one) => one.leg === leg.name);
  if (explained?.outcome === 'reached') {
    const finding = explained.findings.find(({ code }) => code === 'ice.relay_tcp');
    return finding === undefined ? undefined : findingOf(trace, explained, finding);
  }
  const { connection } = leg;
  if (connection?.event.state !== 'failed' || leg.connectedOnce !== undefined) return undefined;
  const named = explained?.findings.find(({ code }) => code.startsWith('turn.') || code === 'ice.no_candidates');
  if (named !== undefined && explained !== undefined) return findingOf(trace, explained, named);
  const isOutside = trace.reach.has(
    (entry) => entry.event.type === 'ice.candidate' && entry.event.candidate.type === 'srflx',
  );
  return {
    code: isOutside ? 'ice.nat_needs_relay' : 'ice.udp_blocked',
    side: leg.name,
    weight: 'fault',
    confidence: 0.5,
    since: connection.at,
    text: isOutside
      ? `The network of ${nameOf(trace, leg.name)} let no direct way through.`
      : `The browser of ${nameOf(trace, leg.name)} got no answer from outside its network at all.`,
    evidence: [
      seenEntry(
        connection,
        isOutside ? 'The browser knows its outer address, yet no pair of addresses worked.' : 'The browser gave up.',
      ),
    ],
  };
}

/** Media of this leg was secured after the gateway said what is missing, or audio came: it is not missing any more. */
function isSolved(leg: LegTrace, since: number): boolean {
  const secured = Math.max(leg.secured?.at ?? 0, leg.browserSecured?.at ?? 0, leg.mediaReceivedAt ?? 0);
  return secured >= since || (leg.arrived.last ?? 0) > since;
}

/** What the gateway found missing on the way to a secured path, where nothing above explains it. */
export const silence: Rule = (trace) =>
  trace.browserLegs.flatMap((leg) => {
    const said = leg.silence;
    if (said === undefined || isSolved(leg, said.at)) return [];
    const explained = trace.reach.all.find((one) => one.leg === leg.name);
    const isDtls = said.event.code.startsWith('dtls.');
    if (!isDtls && explained !== undefined && explained.findings.some(({ weight }) => weight === 'fault')) return [];
    const code = refinedHandshake(leg, said.event.code);
    return [
      {
        code,
        side: sideOfCode(trace, code, leg.name),
        weight: 'fault',
        confidence: 0.9,
        since: said.at - said.event.afterMs,
        text: headline(trace, code, leg.name),
        evidence: [
          seenEntry(said, `${(said.event.afterMs / 1000).toFixed(1)} s after its answer: ${said.event.code}.`),
          ...(leg.partialFlight === undefined
            ? []
            : [seenEntry(leg.partialFlight, 'Only a part of the handshake flight came.')]),
        ],
      } satisfies Finding,
    ];
  });
