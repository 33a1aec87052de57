import { ERRORS, type ErrorCode, type TransportAddress } from '@earshot/base';
import { scopeOf } from './addresses.js';
import { entriesOf, type ReachFacts } from './facts.js';
import { checksBy, isValidCheck } from './path.js';
import { NOT_REACHED, readRelayUrl } from './relay-url.js';
import type { MediaPath, ReachFinding, TriedWay } from './types.js';

export interface Judged {
  readonly facts: ReachFacts;
  readonly path: MediaPath | undefined;
  readonly tried: readonly TriedWay[];
  readonly outcome: 'reached' | 'lost' | 'failed' | 'open';
}

/**
 * What is wrong with the way to the gateway, the most telling first. A direct path needs no explanation: that a browser
 * could not reach some relay beside it is listed among what was tried, and is no fault.
 */
export function findingsOf(judged: Judged): ReachFinding[] {
  const { facts, outcome, path } = judged;
  switch (outcome) {
    case 'open':
      return facts.ended === undefined && facts.silences.length > 0 ? faults(judged) : [];
    case 'lost':
      return [lost(judged)];
    case 'failed':
      return faults(judged);
    case 'reached':
      return path?.via === 'relay' ? reasonsForRelay(judged) : [];
  }
}

function lost({ facts }: Judged): ReachFinding {
  const last = facts.states.slice(-1);
  const text = 'The connection worked, until no more checks came from the browser.';
  return { code: 'ice.consent_lost', weight: 'fault', text, entries: entriesOf(last) };
}

/** Why media goes through a relay, and whether that costs quality. */
function reasonsForRelay({ facts, path, tried }: Judged): ReachFinding[] {
  const reasons: ReachFinding[] = [];
  const direct = tried.find(({ via }) => via === 'direct');
  if (direct?.outcome === 'unheard') {
    reasons.push(badAdvertisedAddress(facts, 'degraded') ?? nothingDirect(facts, direct, 'degraded'));
  } else if (direct?.code === 'ice.credential_mismatch') {
    reasons.push(wrongPassword(direct, 'degraded'));
  }
  if (path !== undefined && path.transport !== 'udp') {
    const name = path.transport === 'tls' ? 'TLS' : 'TCP';
    const text = `Media goes through the relay over ${name}: a lost packet holds up those behind it.`;
    reasons.push({ code: 'ice.relay_tcp', weight: 'degraded', text, entries: [path.entry] });
  }
  return reasons;
}

/** Why there is no path. */
function faults({ facts, path, tried }: Judged): ReachFinding[] {
  const silence = facts.silences.at(-1);
  if (path !== undefined && silence !== undefined) {
    const { code } = silence.event;
    return [{ code, weight: 'fault', text: ERRORS[code].what, entries: [path.entry, silence.entry] }];
  }
  const direct = tried.find(({ via }) => via === 'direct');
  const relays = tried.filter(({ via }) => via === 'relay');
  const forged = checksBy(facts).relay.filter(({ event }) => event.outcome === 'bad-integrity');
  if (direct?.code === 'ice.credential_mismatch') return [wrongPassword(direct, 'fault')];
  if (forged.length > 0) return [wrongPassword({ entries: entriesOf(forged) }, 'fault')];
  if (facts.checks.some(isValidCheck)) return [unanswered(facts)];
  const failing = relays.flatMap(asFault);
  if (noCandidates(facts)) {
    const text = 'The browser found no address to call from.';
    return [{ code: 'ice.no_candidates', weight: 'fault', text, entries: silentEntries(facts) }, ...failing];
  }
  if (direct?.outcome === 'unheard') {
    return [badAdvertisedAddress(facts, 'fault') ?? nothingDirect(facts, direct, 'fault'), ...failing];
  }
  if (failing.length > 0) return failing;
  const isForced = facts.attempts.at(-1)?.event.policy === 'relay';
  const text = isForced
    ? 'Only relays are allowed here, and the browser was given none.'
    : 'Nothing from the browser reached the media ports of this gateway.';
  const code = isForced ? 'ice.nat_needs_relay' : 'ice.udp_blocked';
  return [{ code, weight: 'fault', text, entries: silentEntries(facts) }];
}

const noCandidates = ({ candidates, attempts, gathering }: ReachFacts): boolean =>
  candidates.length === 0 &&
  attempts.some(({ event }) => event.policy === 'all') &&
  gathering.some(({ event }) => event.state === 'complete');

const silentEntries = ({ attempts, gathering, silences, connections }: ReachFacts): number[] =>
  entriesOf([...attempts.slice(-1), ...gathering.slice(-1), ...connections.slice(-1), ...silences]);

function wrongPassword({ entries }: Pick<TriedWay, 'entries'>, weight: ReachFinding['weight']): ReachFinding {
  const text = 'What came from the browser showed a wrong password.';
  return { code: 'ice.credential_mismatch', weight, text, entries };
}

function unanswered(facts: ReachFacts): ReachFinding {
  const text = 'Checks from the browser arrived, but the answers did not get back to it.';
  return { code: 'ice.nat_needs_relay', weight: 'fault', text, entries: entriesOf(facts.checks.filter(isValidCheck)) };
}

/** Nothing came directly. That UDP works elsewhere tells a blocked port, or a NAT, from a network without UDP. */
function nothingDirect(facts: ReachFacts, direct: TriedWay, weight: ReachFinding['weight']): ReachFinding {
  const udp = provesUdp(facts);
  const entries = [...new Set([...direct.entries, ...udp])];
  if (udp.length === 0) {
    const text =
      'The network lets no UDP through: neither to the media ports of this gateway, nor to any other server.';
    return { code: 'ice.udp_blocked', weight, text, entries };
  }
  if (weight === 'fault') {
    const text = 'UDP leaves the network, but none of it reached the media ports, and no relay could be used.';
    return { code: 'ice.nat_needs_relay', weight, text, entries };
  }
  const text = 'No UDP reached the media ports of this gateway, though UDP works to other servers.';
  return { code: 'ice.udp_blocked', weight, text, entries };
}

/** Entries that could not be if the browser's UDP came nowhere: an outer address, or any answer of a relay by UDP. */
function provesUdp({ candidates, errors, allocations, refusals }: ReachFacts): number[] {
  const found = candidates.filter(({ event: { candidate } }) =>
    candidate.type === 'relay' ? candidate.relayProtocol === 'udp' : candidate.type === 'srflx',
  );
  const answered = errors.filter(
    ({ event: { url, errorCode } }) => errorCode !== NOT_REACHED && readRelayUrl(url)?.transport === 'udp',
  );
  const seen = [...allocations, ...refusals].filter(({ event }) => event.transport === 'udp');
  return entriesOf([...found, ...answered, ...seen]);
}

/** All that was advertised leads nowhere from where the browser is. */
function badAdvertisedAddress(facts: ReachFacts, weight: ReachFinding['weight']): ReachFinding | undefined {
  const { advertised, allocations, refusals, candidates } = facts;
  const offered = advertised.flatMap(({ event }) => event.candidates);
  const scopes = offered.map(({ address }) => scopeOf(address));
  if (offered.length === 0 || scopes.includes('public') || scopes.includes(undefined)) return undefined;
  const outside = [
    ...[...allocations, ...refusals].map(({ entry, event }) => ({ entry, address: event.client.address })),
    ...candidates
      .filter(({ event }) => event.candidate.type === 'srflx')
      .map(({ entry, event }) => ({ entry, address: event.candidate.address })),
  ].find(({ address }) => scopeOf(address) === 'public');
  if (outside === undefined) return undefined;
  const text = `The browser comes from ${outside.address}, but was told to send to ${list(offered)} only.`;
  const entries = [...entriesOf(advertised), outside.entry];
  return { code: 'server.bad_advertised_address', weight, text, entries };
}

const list = (addresses: readonly TransportAddress[]): string =>
  [...new Set(addresses.map(({ address }) => address))].join(', ');

const RELAY_TEXTS: Partial<Readonly<Record<ErrorCode, string>>> = {
  'turn.auth_failed': 'did not accept the credentials',
  'turn.credentials_expired': 'refused credentials that had expired',
  'turn.credentials_foreign': 'refused credentials that it did not make',
  'turn.unreachable': 'could not be reached',
  'turn.silent': 'did not answer',
  'turn.not_relaying': 'made an allocation, but nothing came through it',
  'turn.peer_forbidden': 'does not lead to the media port',
  'turn.quota_reached': 'had no allocation left for this session',
  'turn.relay_full': 'had no room for an allocation',
  'turn.draining': 'was being shut down',
};

function asFault({ code, server, entries }: TriedWay): ReachFinding[] {
  if (code === undefined) return [];
  const text = `The relay ${server} ${RELAY_TEXTS[code] ?? 'refused the allocation'}.`;
  return [{ code, weight: 'fault', text, entries }];
}
